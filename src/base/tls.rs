//! Which cryptography TLS uses, said once for everything that goes out of this process.

/// Chooses it for the process. Doing so again changes nothing.
pub fn choose() {
    // An error only says that it was chosen before.
    drop(rustls::crypto::ring::default_provider().install_default());
}
