//! Webhook bodies, and what is read of them.
