//! `papo serve`: opens everything, listens, and closes everything.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::serve::ListenerExt as _;
use leptos::config::LeptosOptions;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_sessions::ExpiredDeletion as _;

use super::{
    auth::{Passwords, SessionStore, SetupLink, Throttle},
    chat::{
        Writers,
        accounts::{self, NewAccount},
        rooms,
    },
    config::{Options, Switch},
    data_folder::{self, DataLock},
    http::{Assets, router},
    live::{Close, Live},
    node::{self, Node},
    state::{App, Shared},
    store::{Db, settings, users},
};

use crate::{
    error::Reason,
    model::{
        SiteRole,
        user::{DisplayName, Email, Password, Username},
    },
};

/// How long open requests may take once the server stops.
const DRAIN: Duration = Duration::from_secs(8);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// A server that listens.
pub struct Server {
    pub app: App,
    pub address: SocketAddr,
    node: Node,
    listener: TcpListener,
    _lock: DataLock,
}

/// Serves until SIGINT or SIGTERM.
///
/// # Errors
/// One line that names what kept the server from starting.
pub(super) async fn run(options: Options) -> anyhow::Result<()> {
    let server = start(options).await?;
    announce(&server);
    server.serve(stop_signal()).await
}

/// Opens the database and the port.
///
/// # Errors
/// One line that names the cause and the remedy.
pub async fn start(options: Options) -> anyhow::Result<Server> {
    let address = options.listen_address().map_err(anyhow::Error::msg)?;
    options.bus().map_err(anyhow::Error::msg)?;
    let lock = data_folder::lock(&options.data)?;
    let db = Db::open(&options.database()).await?;
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; stop what uses the port or choose another with --listen")
    })?;
    let address = listener.local_addr()?;
    let (app, node) = build(options, db, address).await.context("the server could not be prepared")?;
    if app.options.demo {
        demo(&app).await?;
    }
    Ok(Server { app, address, node, listener, _lock: lock })
}

async fn build(options: Options, db: Db, address: SocketAddr) -> anyhow::Result<(App, Node)> {
    let (epoch, setup) = {
        let mut conn = db.writer().await?;
        let has_administrator = users::has_administrator(&mut conn).await?;
        let setup = if has_administrator {
            SetupLink::none()
        } else {
            SetupLink::new(settings::setup_secret(&mut conn).await?)
        };
        (settings::epoch(&mut conn).await?, setup)
    };
    let (node, bus) = Node::join(&options, &db, &epoch).await?;
    let general = rooms::ensure_general(&db).await?;
    let live = Arc::new(Live::start(bus));
    let limits = options.limits == Switch::On;
    if !limits {
        tracing::warn!("limits are off: anyone may guess passwords as fast as they can");
    }
    let app = App::new(Shared {
        leptos: LeptosOptions::builder().output_name("papo").site_addr(address).build(),
        assets: Assets::load(),
        writers: Writers::start(&db, &live),
        db,
        live,
        passwords: Passwords::default(),
        throttle: Throttle::new(limits),
        setup,
        epoch,
        node: node.id,
        general,
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
    /// Those of the listener.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        let app = self.app.clone();
        spawn_upkeep(&app);
        self.node.keep(&app);
        let stopping = {
            let app = app.clone();
            async move {
                stop.await;
                tracing::info!("stopping");
                app.stop.cancel();
                app.live.hub.close_all(Close::Restart);
            }
        };
        // Frames and pages leave in small pieces; waiting to fill a packet would cost 40 ms each.
        let listener = self.listener.tap_io(|stream| {
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "no TCP_NODELAY");
            }
        });
        let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
        let serving = axum::serve(listener, service).with_graceful_shutdown(stopping);
        let stopped = app.stop.clone();
        let deadline = async move {
            stopped.cancelled().await;
            tokio::time::sleep(DRAIN).await;
        };
        tokio::select! {
            served = serving.into_future() => served?,
            () = deadline => tracing::warn!("some requests did not end in time"),
        }
        app.tasks.close();
        drop(tokio::time::timeout(DRAIN, app.tasks.wait()).await);
        app.writers.close().await;
        node::leave(&app).await;
        app.db.close().await;
        Ok(())
    }
}

/// What goes on beside the requests.
fn spawn_upkeep(app: &App) {
    let typing = {
        let app = app.clone();
        async move {
            tokio::select! {
                () = app.live.expire_typing() => {}
                () = app.stop.cancelled() => {}
            }
        }
    };
    let sessions = {
        let app = app.clone();
        async move {
            let store = SessionStore::new(app.db.clone(), app.writers.clone());
            let mut hour = tokio::time::interval(HOUR);
            loop {
                tokio::select! {
                    _ = hour.tick() => drop(store.delete_expired().await),
                    () = app.stop.cancelled() => return,
                }
            }
        }
    };
    tokio::spawn(typing);
    tokio::spawn(sessions);
}

/// The users that the origin's documents name.
async fn demo(app: &App) -> anyhow::Result<()> {
    for (username, name) in [("alice", "Alice"), ("bob", "Bob"), ("carol", "Carol")] {
        let known = {
            let mut conn = app.db.read().await?;
            users::find_account_by_login(&mut conn, username).await?.is_some()
        };
        if known {
            continue;
        }
        let parse = || -> Result<NewAccount, Reason> {
            Ok(NewAccount {
                username: Username::parse(username)?,
                name: DisplayName::parse(name)?,
                email: Email::parse(&format!("{username}@example.org"))?,
                birth_date: None,
                password: Password::preset(format!("{username}@123")),
            })
        };
        let account = parse().map_err(|reason| anyhow::anyhow!("demo user {username}: {reason:?}"))?;
        accounts::create(app, account, SiteRole::Member).await?;
    }
    tracing::warn!("demo users alice, bob and carol have well-known passwords");
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the first thing that whoever starts the server reads")]
fn announce(server: &Server) {
    let own = format!("http://{}", server.address);
    let origin = server.app.options.public_url.as_ref().map_or(own.as_str(), |url| url.origin());
    println!("Papo is at {origin}");
    if let Some(path) = server.app.setup.path() {
        println!("Become its administrator (once): {origin}{path}");
    }
}

async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! { _ = interrupt => {}, _ = terminate.recv() => {} }
            }
            Err(_) => drop(interrupt.await),
        }
    }
    #[cfg(not(unix))]
    drop(interrupt.await);
}
