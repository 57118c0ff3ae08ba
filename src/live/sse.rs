//! The live stream as server-sent events: the same messages as bytes of an endless answer. The
//! answer itself, with its headers, is made by the floor above.

use bytes::{Bytes, BytesMut};
use futures_util::Stream;
use futures_util::stream::unfold;

use crate::live::protocol::Ending;
use crate::live::watch::{Step, Watch};

/// A lost reader comes again after this many milliseconds, unless the page decides itself.
const RETRY_MS: u32 = 3000;

/// Everything that is said until the stream ends. While nobody asks for more, nothing is kept for
/// this reader that is not kept for all.
pub fn events(watch: Watch) -> impl Stream<Item = Bytes> {
    let begin = Some((watch, Bytes::from(format!("retry: {RETRY_MS}\n\n"))));
    unfold(begin, |reading| async {
        let (mut watch, first) = reading?;
        if !first.is_empty() {
            return Some((first, Some((watch, Bytes::new()))));
        }
        loop {
            match watch.step().await {
                Some(Step::Write(frames)) => return Some((joined(&frames), Some((watch, Bytes::new())))),
                Some(Step::End(ending)) => return Some((farewell(&ending), None)),
                None => {
                    let signals = watch.signalled().await;
                    watch.wake(signals);
                }
            }
        }
    })
}

/// Frames in one piece, which is one write.
fn joined(frames: &[Bytes]) -> Bytes {
    match frames {
        [one] => one.clone(),
        many => {
            let mut whole = BytesMut::with_capacity(many.iter().map(Bytes::len).sum());
            many.iter().for_each(|frame| whole.extend_from_slice(frame));
            whole.freeze()
        }
    }
}

/// What a websocket says with its close code. An event of its own name, since the stream itself
/// cannot say why it ends.
fn farewell(ending: &Ending) -> Bytes {
    let content = serde_json::json!({ "code": ending.code(), "reason": ending.reason() });
    Bytes::from(format!("event: close\ndata: {content}\n\n"))
}
