//! The server of one attack, on a copy of the template.

use anyhow::Result;
use tempfile::TempDir;

use super::{attacks::Attack, template::Template};
use crate::stage::{Papo, Process, Setting};

#[derive(Debug)]
pub struct Scene {
    pub papo: Papo,
    _folder: TempDir,
}

/// What a server uses.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    pub resident_kib: u64,
    pub peak_kib: u64,
    pub descriptors: usize,
}

impl Scene {
    /// A server with its default limits.
    pub async fn open(template: &Template, attack: &Attack) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("papo-hostile-").tempdir()?;
        let data = folder.path().join("data");
        template.copy_to(&data)?;
        let mut setting = Setting::new(&data)?;
        setting.limits = "on";
        setting.descriptors = Some(attack.descriptors);
        Ok(Self { papo: Papo::start(setting).await?, _folder: folder })
    }

    pub fn usage(&self) -> Result<Usage> {
        Usage::of(&self.papo.process)
    }

    /// The first panic in the server's log.
    pub fn panic(&self) -> Option<String> {
        let log = std::fs::read_to_string(self.papo.setting.data.with_extension("log")).ok()?;
        log.lines().find(|line| line.contains("panicked")).map(str::to_owned)
    }
}

impl Usage {
    /// How much the highest memory has grown since `before`, in MiB.
    pub fn growth_mib(self, before: Self) -> u64 {
        self.peak_kib.saturating_sub(before.peak_kib) / 1024
    }

    fn of(process: &Process) -> Result<Self> {
        Ok(Self {
            resident_kib: process.resident_kib()?,
            peak_kib: process.peak_resident_kib()?,
            descriptors: process.descriptors()?,
        })
    }
}
