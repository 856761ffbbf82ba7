//! Makes room for the map, and refuses the one combination that builds but crashes: the system's libgdal beside a
//! compiled-in SQLite.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed=web-map/dist");
    let on = |name: &str| std::env::var_os(name).is_some();
    // the map is embedded from here; a build without it gets an empty folder, and `/` says that it was not built
    if on("CARGO_FEATURE_SERVICE")
        && let Err(error) = std::fs::create_dir_all("web-map/dist")
    {
        println!("cargo::error=web-map/dist, where the map is embedded from, cannot be made: {error}");
    }
    // libsqlite3-sys sets DEP_SQLITE3_LIB_DIR only when it compiled a SQLite of its own
    if on("CARGO_FEATURE_SERVICE") && on("DEP_SQLITE3_LIB_DIR") {
        println!(
            "cargo::error=wangge needs the SQLite that libgdal loads: set LIBSQLITE3_SYS_USE_PKG_CONFIG=1 \
             (.cargo/config.toml does) and install libsqlite3-dev. With two SQLites in one process GeoPackage \
             writes fail ('FOREIGN KEY constraint failed') or crash."
        );
    }
}
