//! `papo serve`: opens everything, listens, and closes everything.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use leptos::config::LeptosOptions;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    auth::{Auth, Passwords, Throttle},
    chat::{
        Chat,
        marks::{self, PendingMarks},
    },
    config::{Options, Switch},
    data_folder::{self, DataLock},
    health::{Fault, Health},
    history::{Before, History, Watched},
    http::{self, App, Assets, Deadlines, Origins, Shared, Site, router},
    limits::{Limits, Proxies},
    live::{Close, Live},
    node::Node,
    outbox::Mailer,
    prepare::{Prepared, make_demo_users, prepare},
    signals,
    store::Db,
    upkeep,
    writer::{Outcome, Writers},
};

/// How long open requests may take once the server stops.
const DRAIN: Duration = Duration::from_secs(8);

/// A server that listens.
pub struct Server {
    pub app: App,
    pub address: SocketAddr,
    pub deadlines: Deadlines,
    mailer: Option<Mailer>,
    node: Node,
    history: History,
    listener: TcpListener,
    _lock: DataLock,
}

/// Serves until SIGINT or SIGTERM.
///
/// # Errors
/// One line that names what kept the server from starting, or the `Fault` that ended it.
pub(super) async fn run(options: Options) -> anyhow::Result<()> {
    signals::pass_over();
    // Listened for once, from here on: a signal between two listeners would be lost.
    let mut stop = Box::pin(signals::stop());
    let server = tokio::select! {
        server = start(options) => server?,
        () = &mut stop => return Ok(()),
    };
    announce(&server);
    server.app.origins.announce();
    Ok(server.serve(stop).await?)
}

/// Opens the database and the port.
///
/// # Errors
/// One line that names the cause and the remedy.
pub async fn start(options: Options) -> anyhow::Result<Server> {
    let address = options.listen_address().map_err(anyhow::Error::msg)?;
    options.bus().map_err(anyhow::Error::msg)?;
    let lock = data_folder::lock(&options.data)?;
    let before = Before::read(&options);
    let patience = Duration::from_secs(options.wait_for_database.into());
    let (db, access) = Db::open_within(&options.database(), patience).await?;
    let health = Health::default();
    let writers = Writers::start(&db, access, &health)?;
    let history = before.open(&db, &writers).await.context("the database's history could not be noted")?;
    let listener = http::listen(address).with_context(|| {
        format!("cannot listen on {address}; stop what uses the port or choose another with --listen")
    })?;
    let address = listener.local_addr()?;
    let epoch = history.epoch().to_owned();
    let opened = Opened { db, writers, health, epoch };
    let mailer = Mailer::new(&options.mail);
    let (app, node) = build(options, opened, address).await.context("the server could not be prepared")?;
    if app.options.demo {
        make_demo_users(&app.chat).await?;
    }
    app.chat.db.remove_old_copies();
    Ok(Server { app, address, deadlines: Deadlines::default(), mailer, node, history, listener, _lock: lock })
}

/// The database of a server that starts.
struct Opened {
    db: Db,
    writers: Writers,
    health: Health,
    epoch: String,
}

async fn build(options: Options, opened: Opened, address: SocketAddr) -> anyhow::Result<(App, Node)> {
    let Opened { db, writers, health, epoch } = opened;
    // Ids carry the node's number, so it comes first.
    let (node, bus) = Node::join(&options, &db, &writers, &epoch).await?;
    let prepared =
        writers.try_run(0, |tx| Box::pin(async move { anyhow::Ok(Outcome::quiet(prepare(tx).await?)) }));
    let Prepared { setup, login_keys, device_key, general } = prepared.await?;
    let live = Arc::new(Live::start(bus));
    writers.tell(&live);
    if !options.limits.is_on {
        tracing::warn!("limits are off: anyone may guess passwords and fill rooms as fast as they can");
    }
    let limits = Arc::new(Limits::new(&options.limits).with_log(options.log_addresses == Switch::On));
    let auth = Arc::new(Auth {
        db: db.clone(),
        writers: writers.clone(),
        live: Arc::clone(&live),
        limits: Arc::clone(&limits),
        passwords: Passwords::new(options.limits.is_on),
        throttle: Throttle::new(&options.limits),
        login_keys,
        device_key,
        setup,
        https: options.is_https(),
    });
    let chat = Arc::new(Chat {
        db,
        writers,
        live,
        auth: Arc::clone(&auth),
        limits: Arc::clone(&limits),
        marks: PendingMarks::default(),
        registration: options.registration,
        general,
        epoch,
    });
    let app = App::new(Shared {
        chat,
        auth,
        limits,
        health,
        leptos: LeptosOptions::builder().output_name("papo").site_addr(address).build(),
        assets: Assets::load(),
        origins: Origins::new(options.public_url.clone()),
        stop: CancellationToken::new(),
        tasks: TaskTracker::new(),
        options,
    });
    Ok((app, node))
}

impl Server {
    /// Answers requests until `stop` ends, then closes connections and the database.
    ///
    /// # Errors
    /// The fault that ended it before.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), Fault> {
        let (app, mut node) = (self.app, self.node);
        let chat = Arc::clone(&app.chat);
        upkeep::spawn(&chat, self.mailer, &app.stop, &app.tasks);
        let watched = Watched {
            db: chat.db.clone(),
            writers: chat.writers.clone(),
            health: app.health.clone(),
            stop: app.stop.clone(),
        };
        let history = self.history;
        let watching = tokio::spawn(async move { history.keep(&watched).await });
        node.keep(&chat, &app.stop);
        let stopping = {
            let app = app.clone();
            async move {
                tokio::select! { () = stop => {}, () = app.stop.cancelled() => {} }
                tracing::info!("stopping");
                app.stop.cancel();
                app.chat.live.hub.close_all(Close::Restart);
            }
        };
        tokio::spawn(stopping);
        let proxies = Proxies::new(&app.options.trusted_proxies);
        let limits = app.limits.table();
        let site = Site::new(router(app.clone()), proxies, limits, self.deadlines, http::raise_limit());
        let serving = http::serve(self.listener, site, app.stop.clone());
        let stopped = app.stop.clone();
        let deadline = async move {
            stopped.cancelled().await;
            tokio::time::sleep(DRAIN).await;
        };
        tokio::select! {
            () = serving => {}
            () = deadline => tracing::warn!("some requests did not end in time"),
        }
        app.tasks.close();
        drop(tokio::time::timeout(DRAIN, app.tasks.wait()).await);
        let fault = app.health.fault();
        if fault.is_none() {
            marks::write_all(&chat).await;
        }
        node.leave(&chat).await;
        if let (None, Ok(history)) = (fault, watching.await) {
            history.close(&chat.writers).await;
        }
        chat.writers.close().await;
        chat.db.close().await;
        fault.map_or(Ok(()), Err)
    }
}

#[expect(clippy::print_stdout, reason = "the first thing that whoever starts the server reads")]
fn announce(server: &Server) {
    let own = format!("http://{}", reachable(server.address));
    let origin = server.app.options.public_url.as_ref().map_or(own.as_str(), |url| url.origin());
    println!("Papo is at {origin}");
    if let Some(path) = server.app.auth.setup.path() {
        println!("Become its administrator (once): {origin}{path}");
    }
}

/// An address that a browser on this machine can open: nobody is at `0.0.0.0` or `[::]`.
fn reachable(address: SocketAddr) -> String {
    if address.ip().is_unspecified() { format!("localhost:{}", address.port()) } else { address.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_printed_address_can_be_opened() {
        for (address, printed) in [
            ("0.0.0.0:3000", "localhost:3000"),
            ("[::]:3000", "localhost:3000"),
            ("10.0.0.1:3000", "10.0.0.1:3000"),
            ("[::1]:80", "[::1]:80"),
        ] {
            assert_eq!(reachable(address.parse().unwrap()), printed);
        }
    }
}
