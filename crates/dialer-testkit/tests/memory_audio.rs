//! The double of the audio storage keeps what the port promises.

use dialer_testkit::MemoryAudio;

dialer_testkit::audio_conformance!(Box::new(MemoryAudio::new()));
