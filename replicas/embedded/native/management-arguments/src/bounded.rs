//! A vector with limits that hold while it is decoded.

use candid::{CandidType, Principal};
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde_bytes::ByteBuf;
use std::{fmt, marker::PhantomData};

/// No limit.
pub const UNBOUNDED: usize = usize::MAX;

/// The size of an element in bytes, as the limits count it.
pub trait Size {
    fn size(&self) -> usize;
}

impl Size for Principal {
    fn size(&self) -> usize {
        self.as_slice().len()
    }
}

impl Size for ByteBuf {
    fn size(&self) -> usize {
        self.len()
    }
}

/// At most `COUNT` elements of `TOTAL` bytes together and `EACH` bytes each. A limit that is exceeded ends decoding at once.
#[derive(CandidType, Default)]
pub struct Bounded<T, const COUNT: usize, const TOTAL: usize = UNBOUNDED, const EACH: usize = UNBOUNDED>(Vec<T>);

impl<'de, T, const COUNT: usize, const TOTAL: usize, const EACH: usize> Deserialize<'de>
    for Bounded<T, COUNT, TOTAL, EACH>
where
    T: Deserialize<'de> + Size,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Elements(PhantomData))
    }
}

struct Elements<T, const COUNT: usize, const TOTAL: usize, const EACH: usize>(PhantomData<T>);

impl<'de, T, const COUNT: usize, const TOTAL: usize, const EACH: usize> Visitor<'de> for Elements<T, COUNT, TOTAL, EACH>
where
    T: Deserialize<'de> + Size,
{
    type Value = Bounded<T, COUNT, TOTAL, EACH>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "at most {COUNT} elements")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let exceeded =
            |what: &str, limit: usize| Err(Error::custom(format!("The {what} exceeds maximum allowed {limit}")));
        let mut elements = Vec::new();
        let mut total = 0;
        while let Some(element) = sequence.next_element::<T>()? {
            let size = element.size();
            total += size;
            if elements.len() >= COUNT {
                return exceeded("number of elements", COUNT);
            }
            if size > EACH {
                return exceeded("single element data size", EACH);
            }
            if total > TOTAL {
                return exceeded("total data size", TOTAL);
            }
            elements.push(element);
        }
        Ok(Bounded(elements))
    }
}
