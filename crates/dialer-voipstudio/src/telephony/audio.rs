//! Audio of the provider, as the port hands it on.

use async_trait::async_trait;
use dialer_domain::audio::AudioFormat;
use dialer_domain::telephony::{RecordingAudio, TelephonyError};

use crate::client::AudioStream;

#[async_trait]
impl RecordingAudio for AudioStream {
    fn format(&self) -> AudioFormat {
        AudioFormat::Mpeg
    }

    fn size(&self) -> Option<u64> {
        self.told_size()
    }

    async fn next(&mut self) -> Result<Option<Vec<u8>>, TelephonyError> {
        self.next_piece().await
    }
}
