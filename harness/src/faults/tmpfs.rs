//! A small file system in memory that can be filled up and freed. Only root may mount one.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, ensure};
use nix::unistd::Uid;

/// A mounted file system; dropping it unmounts it.
#[derive(Debug)]
pub struct Tmpfs {
    folder: PathBuf,
}

impl Tmpfs {
    /// Whether this user may mount one.
    pub fn is_possible() -> bool {
        Uid::effective().is_root() && Path::new("/bin/mount").exists()
    }

    /// # Errors
    /// If the system refuses.
    pub fn mount(folder: &Path, mib: u32) -> Result<Self> {
        let size = format!("size={mib}m,mode=0755");
        let mut command = Command::new("mount");
        let status = command.args(["-t", "tmpfs", "-o", &size, "papo-faults"]).arg(folder).status()?;
        ensure!(status.success(), "mount failed: {status}");
        Ok(Self { folder: folder.to_owned() })
    }

    /// Takes all the space that is left.
    ///
    /// # Errors
    /// Only others than that the disk is full.
    pub fn fill(&self) -> Result<()> {
        let mut filler = File::create(self.filler())?;
        for piece in [vec![0; 64 * 1024], vec![0; 512]] {
            while filler.write_all(&piece).is_ok() {}
        }
        Ok(())
    }

    /// Gives the space back.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn free(&self) -> Result<()> {
        Ok(fs::remove_file(self.filler())?)
    }

    fn filler(&self) -> PathBuf {
        self.folder.join("filler")
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        // A server that still runs would keep it busy; lazily, it goes with that server.
        Command::new("umount").arg("-l").arg(&self.folder).status().ok();
    }
}
