//! `bench`: measures a release build of Papo. See `papo_harness::bench`.

use clap::Parser as _;
use papo_harness::bench::{Options, run};

fn main() -> anyhow::Result<()> {
    run(&Options::parse())
}
