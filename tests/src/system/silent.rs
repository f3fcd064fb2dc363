//! A name server that receives queries and never answers.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::net::UdpSocket;

/// A running name server; it ends with the runtime.
pub struct SilentNames {
    /// `127.0.0.1:PORT`, for `FLOWMASON_NAME_SERVERS`.
    pub address: String,
    queries: Arc<AtomicUsize>,
}

impl SilentNames {
    /// Listens on a free port.
    pub async fn start() -> std::io::Result<Self> {
        let socket = UdpSocket::bind("127.0.0.1:0").await?;
        let address = socket.local_addr()?.to_string();
        let queries = Arc::<AtomicUsize>::default();
        let count = queries.clone();
        tokio::spawn(async move {
            let mut buffer = [0; 1024];
            while socket.recv_from(&mut buffer).await.is_ok() {
                count.fetch_add(1, Ordering::Relaxed);
            }
        });
        Ok(Self { address, queries })
    }

    /// The number of queries received.
    pub fn queries(&self) -> usize {
        self.queries.load(Ordering::Relaxed)
    }
}
