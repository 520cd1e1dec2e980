//! A published set of keys (RFC 7517), and which of them verify what.
//!
//! The key decides the algorithm: RSA verifies RS256, P-256 verifies ES256, and everything else in the set is left out,
//! symmetric keys above all, which nobody should publish. What a token's header asks for is never followed, only compared.

use std::collections::BTreeMap;

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

/// Keys taken from one set at most.
const MOST: usize = 100;
/// Shortest RSA modulus, in characters of base64url: 2048 bits.
const RSA_MIN: usize = 342;

/// A key that verifies signatures of one algorithm.
#[derive(Clone)]
pub(super) struct PublicKey {
    pub(super) key: DecodingKey,
    pub(super) algorithm: Algorithm,
}

/// The usable keys of a set, by their ids.
pub(super) type PublicKeys = BTreeMap<String, PublicKey>;

#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

/// Reads a set. Keys that cannot be used here are left out; they do not spoil the others.
pub(super) fn read(document: &[u8]) -> Result<PublicKeys, serde_json::Error> {
    let Published { keys } = serde_json::from_slice(document)?;
    let mut usable = PublicKeys::new();
    for key in keys.into_iter().take(MOST) {
        let Some((id, key)) = serde_json::from_value::<Jwk>(key).ok().and_then(|key| usable_key(&key)) else {
            continue;
        };
        usable.entry(id).or_insert(key);
    }
    Ok(usable)
}

fn usable_key(jwk: &Jwk) -> Option<(String, PublicKey)> {
    let common = &jwk.common;
    let id = common.key_id.clone().filter(|id| !id.is_empty())?;
    let signs = common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let verifies = common.key_operations.as_ref().is_none_or(|all| all.contains(&KeyOperations::Verify));
    if !signs || !verifies {
        return None;
    }
    let (key, algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) if rsa.n.len() >= RSA_MIN => {
            (DecodingKey::from_rsa_components(&rsa.n, &rsa.e).ok()?, Algorithm::RS256, KeyAlgorithm::RS256)
        }
        AlgorithmParameters::EllipticCurve(point) if point.curve == EllipticCurve::P256 => {
            (DecodingKey::from_ec_components(&point.x, &point.y).ok()?, Algorithm::ES256, KeyAlgorithm::ES256)
        }
        _ => return None,
    };
    let agrees = common.key_algorithm.is_none_or(|given| given == name);
    agrees.then_some((id, PublicKey { key, algorithm }))
}
