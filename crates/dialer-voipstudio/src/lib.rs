//! voipstudio
