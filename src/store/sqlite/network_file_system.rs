//! Refuses a store on a network file system: SQLite's locks and shared memory do not hold there.

use std::path::{Path, PathBuf};

use super::connection::folder_of;
use crate::store::StoreError;

/// File systems whose files live on another machine, as `/proc/mounts` names them. By `9p` and `virtiofs` virtual
/// machines and WSL see their host's folders: no shared memory there either, unless it is the guest's own root.
const REMOTE: &[&str] = &[
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "davfs",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "orangefs",
    "prl_fs",
    "smb2",
    "smb3",
    "smbfs",
    "vboxsf",
    "virtiofs",
];
/// The same behind FUSE, as `fuse.NAME`.
const REMOTE_FUSE: &[&str] = &[
    "ceph",
    "curlftpfs",
    "davfs",
    "gcsfuse",
    "glusterfs",
    "goofys",
    "juicefs",
    "mount.davfs",
    "rclone",
    "s3fs",
    "smbnetfs",
    "sshfs",
    "vmhgfs-fuse",
];

/// Refuses when the folder of `path` lies on a network file system. Where `/proc/mounts` cannot be read nothing is
/// known and nothing refused.
pub(super) fn refuse(path: &Path) -> Result<(), StoreError> {
    let Ok(mounts) = std::fs::read_to_string("/proc/mounts") else { return Ok(()) };
    let whole = std::fs::canonicalize(path).or_else(|_| std::fs::canonicalize(folder_of(path))).ok();
    let Some(whole) = whole else { return Ok(()) };
    match remote_mount(&mounts, &whole) {
        None => Ok(()),
        Some((mount, kind)) => Err(StoreError::Unusable {
            path: path.display().to_string(),
            reason: format!(
                "{} is a network file system ({kind}), where a store can be damaged: keep it on a local disk and \
                 hand over copies made by `wangge export`",
                mount.display()
            ),
        }),
    }
}

/// The mount that holds `path` and its kind, when that is a network file system. The longest mount point wins, of
/// equal ones the last, which covers the others.
fn remote_mount(mounts: &str, path: &Path) -> Option<(PathBuf, String)> {
    let (mount, kind) = mounts
        .lines()
        .filter_map(|line| {
            let mut fields = line.split(' ').skip(1);
            Some((PathBuf::from(unescape(fields.next()?)), fields.next()?))
        })
        .filter(|(mount, _)| path.starts_with(mount))
        .max_by_key(|(mount, _)| mount.components().count())?;
    let remote = match kind.strip_prefix("fuse.") {
        Some(name) => REMOTE_FUSE.contains(&name),
        None => REMOTE.contains(&kind),
    };
    let own_root = mount == Path::new("/") && ["9p", "virtiofs"].contains(&kind);
    (remote && !own_root).then(|| (mount, kind.to_owned()))
}

/// Space, tab, newline and backslash stand as `\040` and so on in `/proc/mounts`.
fn unescape(field: &str) -> String {
    ["\\040", "\\011", "\\012", "\\134"]
        .into_iter()
        .zip([" ", "\t", "\n", "\\"])
        .fold(field.to_owned(), |text, (escape, plain)| text.replace(escape, plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/local xfs rw 0 0
//server/share /mnt/My\\040Share cifs rw 0 0
me@host: /mnt/ssh fuse.sshfs rw 0 0
portal /run/user/doc fuse.portal rw 0 0
tmpfs /srv tmpfs rw 0 0
server:/srv /srv nfs rw 0 0
";

    #[test]
    fn the_longest_mount_point_decides_and_the_last_of_equal_ones() {
        let kind = |path: &str| remote_mount(MOUNTS, Path::new(path)).map(|(_, kind)| kind);
        assert_eq!(kind("/home/a/x.gpkg").as_deref(), Some("nfs4"));
        assert_eq!(kind("/home/local/x.gpkg"), None);
        assert_eq!(kind("/homestead/x.gpkg"), None);
        assert_eq!(kind("/mnt/My Share/x.gpkg").as_deref(), Some("cifs"));
        assert_eq!(kind("/mnt/ssh/x.gpkg").as_deref(), Some("fuse.sshfs"));
        assert_eq!(kind("/run/user/doc/x.gpkg"), None);
        assert_eq!(kind("/srv/x.gpkg").as_deref(), Some("nfs"));
    }

    #[test]
    fn a_sandbox_whose_root_is_served_by_its_host_is_no_network() {
        let mounts = "none / 9p rw,trans=fd 0 0\nC:\\134 /mnt/c 9p rw 0 0\n";
        assert_eq!(remote_mount(mounts, Path::new("/data/x.gpkg")), None);
        assert!(remote_mount(mounts, Path::new("/mnt/c/x.gpkg")).is_some());
    }
}
