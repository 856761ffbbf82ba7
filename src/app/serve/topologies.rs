//! Topologies for who redraws plans: made once for a dataset and the links declared on it, packed once, kept under their hash.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use sha2::{Digest, Sha256};

use crate::app::access::Caller;
use crate::app::redraw::topology_bytes;
use crate::app::{AppError, Prepared, prepare};
use crate::store::{PlanStatus, Role};

use super::kept::{Coding, packed};
use super::{App, hex};

/// Topologies kept; the one asked for longest ago goes first.
const KEPT: usize = 4;

/// The bytes of a topology, and what stands for them.
#[derive(Debug)]
pub struct Topology {
    dataset: i64,
    /// SHA-256 of the links that were declared when it was made.
    links: [u8; 32],
    hash: String,
    plain: Arc<[u8]>,
    gzip: OnceLock<Arc<[u8]>>,
    brotli: OnceLock<Arc<[u8]>>,
}

impl Topology {
    fn new(prepared: &Prepared) -> Self {
        let plain: Arc<[u8]> = topology_bytes(prepared).into();
        let hash = hex(&Sha256::digest(&plain));
        let links = links_hash(prepared);
        Self { dataset: prepared.record.id, links, hash, plain, gzip: OnceLock::new(), brotli: OnceLock::new() }
    }

    /// SHA-256 of the bytes, in hex.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// How many bytes it has, as it is.
    pub fn bytes(&self) -> usize {
        self.plain.len()
    }

    /// The bytes as they go out. Packing 10 MB takes about a second, once.
    pub fn packed(&self, coding: Coding) -> Arc<[u8]> {
        let pack = |coding| packed(&self.plain, coding).into();
        match coding {
            Coding::Gzip => Arc::clone(self.gzip.get_or_init(|| pack(Coding::Gzip))),
            Coding::Brotli => Arc::clone(self.brotli.get_or_init(|| pack(Coding::Brotli))),
            Coding::Identity | Coding::Zstd => Arc::clone(&self.plain),
        }
    }
}

fn links_hash(prepared: &Prepared) -> [u8; 32] {
    let mut hash = Sha256::new();
    for (a, b, link) in &prepared.links.here {
        hash.update(a.0.to_le_bytes());
        hash.update(b.0.to_le_bytes());
        hash.update(link.kind.name());
    }
    hash.finalize().into()
}

/// Topologies in memory, the one asked for last at the end; and the sets of links that counted when each dataset was looked at last.
#[derive(Debug, Default)]
pub(super) struct Topologies {
    kept: Mutex<Vec<Arc<Topology>>>,
    /// For each dataset the newest set of links that was looked at with it.
    looked: Mutex<std::collections::BTreeMap<i64, i64>>,
    making: tokio::sync::Mutex<()>,
}

impl Topologies {
    fn find(&self, fits: impl Fn(&Topology) -> bool) -> Option<Arc<Topology>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().rposition(|topology| fits(topology))?;
        let found = kept.remove(at);
        kept.push(Arc::clone(&found));
        Some(found)
    }

    /// Makes the topology of a dataset that was read when this set of links was the newest, where it is not there. O(n log n) in its points.
    pub fn take(&self, prepared: &Prepared, newest: i64) -> Arc<Topology> {
        let links = links_hash(prepared);
        let id = prepared.record.id;
        self.looked.lock().unwrap_or_else(PoisonError::into_inner).insert(id, newest);
        if let Some(topology) = self.find(|kept| kept.dataset == id && kept.links == links) {
            return topology;
        }
        let made = Arc::new(tokio::task::block_in_place(|| Topology::new(prepared)));
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push(Arc::clone(&made));
        let over = kept.len().saturating_sub(KEPT);
        kept.drain(..over);
        made
    }
}

impl App {
    pub(super) fn topologies(&self) -> &Topologies {
        &self.topologies
    }

    /// The topology of a dataset, with the links that are declared now.
    pub(super) async fn topology_of(&self, dataset: i64) -> Result<Arc<Topology>, AppError> {
        let newest = self.newest_links().await?;
        let topologies = self.topologies();
        let _making = topologies.making.lock().await;
        let looked = |topologies: &Topologies| {
            topologies.looked.lock().unwrap_or_else(PoisonError::into_inner).get(&dataset).copied()
        };
        if looked(topologies) == Some(newest)
            && let Some(topology) = topologies.find(|kept| kept.dataset == dataset)
        {
            return Ok(topology);
        }
        Ok(topologies.take(&prepare(self.store().as_ref(), Some(dataset)).await?, newest))
    }

    /// The newest set of links.
    pub(super) async fn newest_links(&self) -> Result<i64, AppError> {
        Ok(self.store().link_sets().await?.last().map_or(0, |set| set.id))
    }

    /// The topology with this hash, for a caller who may read a plan of its dataset.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn topology(
        &self,
        caller: &Caller,
        roles: &[Role],
        hash: &str,
    ) -> Result<Option<Arc<Topology>>, AppError> {
        let within = caller.reach(roles);
        let mut datasets = Vec::new();
        for plan in self.store().plans().await?.iter().rev() {
            if datasets.contains(&plan.dataset) || !self.plan_within(&within, plan).await? {
                continue;
            }
            if let Some(found) = self.topologies().find(|kept| kept.hash == hash && kept.dataset == plan.dataset) {
                return Ok(Some(found));
            }
            if plan.status != PlanStatus::Published {
                datasets.push(plan.dataset);
            }
        }
        // another process may have told of it: those of the newest drafts are made here, too
        for dataset in datasets.into_iter().take(KEPT) {
            let topology = self.topology_of(dataset).await?;
            if topology.hash() == hash {
                return Ok(Some(topology));
            }
        }
        Ok(None)
    }
}
