//! Resources that the host provides to components, such as the HTTP client and model providers.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::Arc,
};

/// Values of the host, at most one per type. Cheap to clone.
#[derive(Clone, Default)]
pub struct Resources(Arc<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Resources {
    /// Adds a resource; replaces an earlier one of the same type.
    pub fn with<T: Any + Send + Sync>(self, value: T) -> Self {
        let mut map = HashMap::clone(&self.0);
        map.insert(TypeId::of::<T>(), Arc::new(value));
        Self(Arc::new(map))
    }

    /// The resource of this type.
    pub fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.get(&TypeId::of::<T>())?.clone().downcast().ok()
    }
}
