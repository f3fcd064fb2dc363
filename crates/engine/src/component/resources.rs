//! What the host provides to components: the guarded client, model providers and the like.

use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::Arc,
};

/// A map from a type to the host's one value of it. Cheap to clone.
#[derive(Clone, Default)]
pub struct Resources(Arc<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Resources {
    /// The same resources and this one.
    pub fn with<T: Any + Send + Sync>(self, value: T) -> Self {
        let mut map = HashMap::clone(&self.0);
        map.insert(TypeId::of::<T>(), Arc::new(value));
        Self(Arc::new(map))
    }

    /// The host's value of this type.
    pub fn get<T: Any + Send + Sync>(&self) -> Option<Arc<T>> {
        self.0.get(&TypeId::of::<T>())?.clone().downcast().ok()
    }
}
