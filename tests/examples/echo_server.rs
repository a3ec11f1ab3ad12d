//! Echoes whatever clients send to a Unix socket:
//!
//! ```text
//! cargo run -p tests --example echo_server -- /tmp/echo.sock
//! socat - UNIX-CONNECT:/tmp/echo.sock,type=2,bind=/tmp/me.sock
//! ```

#![forbid(unsafe_code)]

use std::error::Error;
use std::time::Duration;

use adapter_tokio::server::{Peer, RecvError, serve};
use swim_core::Addr;
use tokio::runtime::Builder;

/// Whoever is silent for so long is forgotten until it speaks again.
const PATIENCE: Duration = Duration::from_secs(60);

async fn echo(mut peer: Peer) -> Result<(), Box<dyn Error + Send + Sync>> {
    loop {
        match peer.recv_within::<Vec<u8>>(PATIENCE).await {
            Ok(said) => peer.send(said)?,
            Err(RecvError::Timeout | RecvError::Closed) => return Ok(()),
            Err(error) => eprintln!("{:?}: {error}", peer.addr()),
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("say where: a path")?;
    let runtime = Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let server = serve(Addr::unix_path(path.as_bytes())?, echo)?;
        println!("listening at {}", server.local_addr());
        server.gone().await;
        Ok(())
    })
}
