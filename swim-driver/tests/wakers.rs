//! Wakers of those who no longer wait, and wakers that own what they wake, as those of a task whose executor is gone.

#[path = "../../adapter-std/tests/common/toy.rs"]
#[allow(dead_code, unreachable_pub, reason = "the same toy as in the tests of one adapter")]
mod toy;

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::pin::{Pin, pin};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use swim_core::{ClusterId, Config, Instant, Keyring, Local, Name, Node};
use swim_driver::server::{self, Datagram};
use swim_driver::{Options, Sockets, epoch_now, seed, start};
use toy::Toy;

/// Long enough for anything that ought to happen.
const PATIENCE: Duration = Duration::from_secs(60);

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A task that nobody runs: it ends when its last waker is woken, or dropped.
struct Task(Mutex<Option<Job>>);

impl Wake for Task {
    fn wake(self: Arc<Self>) {}
}

/// A waker of its own each time.
struct Bell(#[allow(dead_code, reason = "it is counted")] Arc<()>);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {}
}

/// Lets it run until it waits; from then on only its waker keeps it.
fn begin(job: impl Future<Output = ()> + Send + 'static) {
    poll(&Arc::new(Task(Mutex::new(Some(Box::pin(job))))));
}

fn poll(task: &Arc<Task>) {
    let waker = Waker::from(Arc::clone(task));
    let mut job = task.0.lock().unwrap();
    let polled = job.as_mut().unwrap().as_mut().poll(&mut Context::from_waker(&waker));
    assert_eq!(polled, Poll::Pending);
}

/// Fails where it takes for ever.
fn returns(what: impl FnOnce() + Send + 'static) {
    let (done, is_done) = channel();
    let what = move || {
        what();
        done.send(()).unwrap();
    };
    thread::spawn(what);
    is_done.recv_timeout(PATIENCE).expect("it returns");
}

fn localhost() -> SocketAddr {
    (Ipv4Addr::LOCALHOST, 0).into()
}

fn toy() -> (swim_driver::Handle<Toy>, swim_driver::Events<Toy>, swim_driver::Driving<Toy>) {
    start(Toy::default(), Sockets::bind(localhost()).unwrap(), Options::default())
}

#[test]
fn a_reader_that_ends_when_it_is_woken_hinders_nobody() {
    for end in [true, false] {
        let (handle, mut events, _driving) = toy();
        begin(async move { while events.next().await.is_some() {} });
        let watched = handle.clone();
        begin(async move { watched.gone().await });
        returns(move || {
            if end {
                handle.end();
            } else {
                handle.with(Toy::alarm_at);
            }
        });
    }
}

#[test]
fn a_reader_may_end_when_another_takes_its_place() {
    let (handle, mut events, _driving) = toy();
    // The first task has nothing but a handle, which ends the machine when it is dropped.
    let task = Arc::new(Task(Mutex::new(Some(Box::pin(async move {
        let _handle = handle;
        std::future::pending::<()>().await;
    })))));
    let first = Waker::from(task);
    let mut poll_with = move |waker: &Waker| {
        let mut next = pin!(events.next());
        next.as_mut().poll(&mut Context::from_waker(waker)).is_ready()
    };
    assert!(!poll_with(&first));
    drop(first);
    returns(move || {
        assert!(!poll_with(Waker::noop()));
        assert!(poll_with(Waker::noop()), "the machine has ended");
    });
}

#[test]
fn a_handler_that_ends_when_it_is_woken_hinders_nobody() -> Result<(), Box<dyn Error>> {
    for end in [true, false] {
        let (server, mut serving) = server::listen(&localhost().into(), server::Options::default())?;
        let client = UdpSocket::bind(localhost())?;
        client.connect(server.local_addr().as_ip().unwrap())?;
        client.send(b"hello")?;
        let mut peer = receive(&mut serving, |serving| serving.next_peer());
        begin(async move { while peer.recv::<Datagram>().await.is_ok() {} });
        client.send(b"hello again")?;
        returns(move || {
            if end {
                server.end();
            } else {
                receive(&mut serving, |_| (server.stats().received == 2).then_some(()));
            }
        });
    }
    Ok(())
}

#[test]
fn who_no_longer_waits_for_the_end_is_forgotten() -> Result<(), Box<dyn Error>> {
    let (handle, _events, _driving) = toy();
    let (server, _serving) = server::listen(&localhost().into(), server::Options::default())?;
    assert_eq!(kept_after(|| handle.gone()), 0);
    assert_eq!(kept_after(|| server.gone()), 0);
    Ok(())
}

#[test]
fn who_no_longer_watches_is_forgotten() -> Result<(), Box<dyn Error>> {
    let sockets = Sockets::bind(localhost())?;
    let local = Local {
        cluster: ClusterId::from_name("quiet"),
        name: Name::new("alice")?,
        addr: sockets.local_addr().clone(),
        epoch: epoch_now(),
    };
    let node = Node::new(Config::lan(), local, Keyring::plain(), seed()?, Instant::ZERO)?;
    let (handle, _events, _driving) = start(node, sockets, Options::default());
    let next_but_one = || {
        let mut watch = handle.watch();
        async move {
            watch.next().await;
            watch.next().await;
        }
    };
    assert_eq!(kept_after(next_but_one), 0);
    Ok(())
}

/// How many wakers are still there of those who waited for a moment.
fn kept_after<F: Future<Output = ()>>(wait: impl Fn() -> F) -> usize {
    let kept = Arc::new(());
    for _ in 0..100 {
        let waker = Waker::from(Arc::new(Bell(Arc::clone(&kept))));
        assert_eq!(pin!(wait()).poll(&mut Context::from_waker(&waker)), Poll::Pending);
    }
    Arc::strong_count(&kept) - 1
}

/// Receives until that is there.
fn receive<T>(serving: &mut server::Serving, wanted: impl Fn(&mut server::Serving) -> Option<T>) -> T {
    loop {
        let _ = serving.receive();
        if let Some(wanted) = wanted(serving) {
            return wanted;
        }
        thread::yield_now();
    }
}
