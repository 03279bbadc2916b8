//! The embedded backend against the conformance suite and the model.

use std::path::PathBuf;

use larder_store::conformance::{self, Factory, Stores, model};
use larder_store_local::{Durability, LocalOptions, LocalStore};
use parking_lot::Mutex;
use proptest::prelude::*;

struct Local {
    path: PathBuf,
    durability: Durability,
    open: Mutex<Option<LocalStore>>,
}

#[async_trait::async_trait]
impl Factory for Local {
    async fn open(&self) -> Stores {
        let before = self.open.lock().take();
        if let Some(before) = before {
            before.close().await;
        }
        let options = LocalOptions { durability: self.durability, ..LocalOptions::default() };
        let store = LocalStore::open(&self.path, options).expect("the store opens");
        let stores = Stores { meta: store.meta(), blobs: store.blobs() };
        *self.open.lock() = Some(store);
        stores
    }
}

fn factory(directory: &tempfile::TempDir, durability: Durability) -> Local {
    Local { path: directory.path().join("data"), durability, open: Mutex::default() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_embedded_store_keeps_every_promise() {
    for durability in [Durability::Full, Durability::Relaxed] {
        let directory = tempfile::tempdir().unwrap();
        conformance::run(&factory(&directory, durability)).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_operations_leave_what_they_leave_in_maps(bytes in proptest::collection::vec(any::<u8>(), 0..1000)) {
        let directory = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let factory = factory(&directory, Durability::Relaxed);
        runtime.block_on(model::check(&factory, &model::operations(&bytes)));
    }
}
