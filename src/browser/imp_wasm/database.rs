//! What outlives the page and changes record by record: one store of texts in IndexedDB.

use js_sys::Promise;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    IdbDatabase, IdbKeyRange, IdbObjectStore, IdbRequest, IdbTransaction, IdbTransactionMode as Mode, window,
};

use super::listener::Listener;

const NAME: &str = "papo";
const VERSION: u32 = 1;
const STORE: &str = "records";

/// The open database. Each of its tasks begins at the call and not with the first poll.
#[derive(Clone)]
pub struct Database(IdbDatabase);

impl Database {
    pub async fn open() -> Option<Self> {
        let request = window()?.indexed_db().ok()??.open_with_u32(NAME, VERSION).ok()?;
        let made = request.clone();
        let _upgrade = Listener::new(&request, "upgradeneeded", move |_| {
            if let Ok(database) = made.result() {
                // A failure lets the opening fail.
                let _ = database.unchecked_into::<IdbDatabase>().create_object_store(STORE);
            }
        });
        let database = settled(&request).await?;
        Some(Self(database.unchecked_into()))
    }

    /// The records whose keys begin with `prefix`, by key.
    pub async fn list(&self, prefix: &str) -> Option<Vec<String>> {
        let end = JsValue::from_str(&format!("{prefix}\u{ffff}"));
        let range = IdbKeyRange::bound(&JsValue::from_str(prefix), &end).ok()?;
        let (_, store) = self.store(Mode::Readonly)?;
        let found = settled(&store.get_all_with_key(&range).ok()?).await?;
        Some(js_sys::Array::from(&found).iter().filter_map(|record| record.as_string()).collect())
    }

    /// Keeps `value` under `key`, or forgets it if there is none; true once that outlives the page.
    pub fn put(&self, key: &str, value: Option<&str>) -> impl Future<Output = bool> + 'static {
        let written = self.write(&JsValue::from_str(key), value);
        async move {
            let Some(written) = written else { return false };
            JsFuture::from(written).await.is_ok()
        }
    }

    #[expect(deprecated, reason = "web-sys says so of `commit`; the standard does not")]
    fn write(&self, key: &JsValue, value: Option<&str>) -> Option<Promise> {
        let (transaction, store) = self.store(Mode::Readwrite)?;
        let request = match value {
            Some(value) => store.put_with_key(&JsValue::from_str(value), key),
            None => store.delete(key),
        };
        request.ok()?;
        // Without waiting for its result: the page may be left at once.
        transaction.commit().ok()?;
        Some(Promise::new(&mut |resolve, reject| {
            transaction.set_oncomplete(Some(&resolve));
            transaction.set_onabort(Some(&reject));
        }))
    }

    fn store(&self, mode: Mode) -> Option<(IdbTransaction, IdbObjectStore)> {
        let transaction = self.0.transaction_with_str_and_mode(STORE, mode).ok()?;
        let store = transaction.object_store(STORE).ok()?;
        Some((transaction, store))
    }
}

/// The result of `request`, or none if it failed.
async fn settled(request: &IdbRequest) -> Option<JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(promise).await.ok()?;
    request.result().ok()
}
