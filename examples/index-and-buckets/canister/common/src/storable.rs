//! Candid records in stable memory.

/// Implements `Storable` for a Candid type. The crate that uses it depends on `candid` and `ic-stable-structures`.
#[macro_export]
macro_rules! storable {
    ($type:ty) => {
        impl ic_stable_structures::Storable for $type {
            const BOUND: ic_stable_structures::storable::Bound = ic_stable_structures::storable::Bound::Unbounded;

            fn to_bytes(&self) -> std::borrow::Cow<'_, [u8]> {
                std::borrow::Cow::Owned(candid::encode_one(self).expect("the record encodes"))
            }

            fn into_bytes(self) -> Vec<u8> {
                self.to_bytes().into_owned()
            }

            fn from_bytes(bytes: std::borrow::Cow<[u8]>) -> Self {
                candid::decode_one(&bytes).expect("stable memory holds what this canister wrote")
            }
        }
    };
}
