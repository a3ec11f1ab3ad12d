//! Many independent things, done side by side and told in their order.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::thread;

use crate::interrupt::Interrupt;

/// How many threads there are if nobody said.
pub(crate) fn jobs(wanted: Option<u16>) -> usize {
    wanted.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from)
}

/// Does `work` to each item, and tells the results in the order of the items as soon as that is possible. After an
/// interrupt nothing more is begun, and what was begun is told.
pub(crate) fn in_order<T: Send, R: Send>(
    items: impl Iterator<Item = T> + Send,
    jobs: usize,
    interrupt: &Interrupt,
    work: impl Fn(T) -> R + Sync,
    mut tell: impl FnMut(R),
) {
    let items = Mutex::new(items.enumerate());
    let (send, receive) = channel();
    thread::scope(|scope| {
        for _ in 0..jobs {
            let (send, items, work) = (send.clone(), &items, &work);
            scope.spawn(move || {
                while let Some((place, item)) = next(items, interrupt) {
                    let _ = send.send((place, work(item)));
                }
            });
        }
        drop(send);
        let (mut early, mut due) = (BTreeMap::new(), 0);
        for (place, result) in receive {
            early.insert(place, result);
            while let Some(result) = early.remove(&due) {
                tell(result);
                due += 1;
            }
        }
    });
}

fn next<T>(items: &Mutex<impl Iterator<Item = T>>, interrupt: &Interrupt) -> Option<T> {
    if interrupt.is_pressed() {
        return None;
    }
    items.lock().ok()?.next()
}
