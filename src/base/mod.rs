//! What any service needs and that holds no word of care: ids, times, text, secrets, the clock, the disk.
//! It knows nothing of what stands above it.

pub mod clock;
pub mod colour;
pub mod disk;
pub mod exposition;
pub mod id;
pub mod local;
pub mod measure;
pub mod secret;
pub mod stamp;
pub mod text;
pub mod texts;
pub mod tls;
pub mod traces;
