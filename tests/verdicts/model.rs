//! Ed25519 as the papers write it: whole numbers, one complete formula, no shortcut. It shares no arithmetic with the
//! package.

use std::sync::LazyLock;

use num_bigint::BigUint;
use sha2::{Digest as _, Sha512};

use crate::common::crafting::Triple;

struct Curve {
    /// 2^255 − 19.
    p: BigUint,
    /// −121665/121666.
    d: BigUint,
    /// A square root of −1.
    i: BigUint,
    /// ℓ, the order of the base point.
    order: BigUint,
    base: Point,
}

static CURVE: LazyLock<Curve> = LazyLock::new(|| {
    let number = |value: u32| BigUint::from(value);
    let p = (number(1) << 255) - number(19);
    let inverse = |value: BigUint| value.modpow(&(&p - 2_u32), &p);
    let d = (&p - number(121_665)) * inverse(number(121_666)) % &p;
    let i = number(2).modpow(&((&p - 1_u32) / 4_u32), &p);
    let order = (number(1) << 252) + "27742317777372353535851937790883648493".parse::<BigUint>().unwrap();
    let y = number(4) * inverse(number(5)) % &p;
    let x = root(&x_squared(&y, &d, &p), &i, &p).unwrap();
    let x = if x.bit(0) { &p - x } else { x };
    Curve { p, d, i, order, base: Point { x, y, z: number(1) } }
});

/// x² = (y² − 1) / (d·y² + 1).
fn x_squared(y: &BigUint, d: &BigUint, p: &BigUint) -> BigUint {
    let y_squared = y * y % p;
    let denominator = (d * &y_squared + 1_u32) % p;
    (y_squared + p - 1_u32) * denominator.modpow(&(p - 2_u32), p) % p
}

/// A square root modulo p, if there is one: p is 5 modulo 8.
fn root(square: &BigUint, i: &BigUint, p: &BigUint) -> Option<BigUint> {
    let candidate = square.modpow(&((p + 3_u32) / 8_u32), p);
    [candidate.clone(), candidate * i % p].into_iter().find(|root| root * root % p == *square)
}

/// The point (x/z, y/z).
#[derive(Debug, Clone)]
struct Point {
    x: BigUint,
    y: BigUint,
    z: BigUint,
}

impl Point {
    fn identity() -> Self {
        Self { x: BigUint::ZERO, y: BigUint::from(1_u32), z: BigUint::from(1_u32) }
    }

    /// The point that these bytes encode; nothing where y is not below p, no x belongs to it, or x = 0 has a sign.
    fn decode(bytes: &[u8; 32]) -> Option<Self> {
        let Curve { p, d, i, .. } = &*CURVE;
        let mut y = BigUint::from_bytes_le(bytes);
        let is_odd = y.bit(255);
        y.set_bit(255, false);
        if y >= *p {
            return None;
        }
        let x = root(&x_squared(&y, d, p), i, p)?;
        if x == BigUint::ZERO && is_odd {
            return None;
        }
        let x = if x.bit(0) == is_odd { x } else { p - x };
        Some(Self { x, y, z: BigUint::from(1_u32) })
    }

    /// The complete addition of twisted Edwards curves with a = −1, in projective coordinates.
    fn plus(&self, other: &Self) -> Self {
        let Curve { p, d, .. } = &*CURVE;
        let z = &self.z * &other.z % p;
        let (xx, yy) = (&self.x * &other.x % p, &self.y * &other.y % p);
        let crossed = (&self.x * &other.y + &other.x * &self.y) % p;
        let zz = &z * &z % p;
        let product = d * &xx % p * &yy % p;
        let (minus, plus) = (&zz + p - &product, &zz + &product);
        Self { x: &z * crossed % p * &minus % p, y: z * (xx + yy) % p * &plus % p, z: minus * plus % p }
    }

    fn is_same(&self, other: &Self) -> bool {
        let p = &CURVE.p;
        &self.x * &other.z % p == &other.x * &self.z % p && &self.y * &other.z % p == &other.y * &self.z % p
    }

    fn times(&self, scalar: &BigUint) -> Self {
        (0..scalar.bits()).rev().fold(Self::identity(), |sum, bit| {
            let doubled = sum.plus(&sum);
            if scalar.bit(bit) { doubled.plus(self) } else { doubled }
        })
    }

    fn times_eight(&self) -> Self {
        self.times(&BigUint::from(8_u32))
    }
}

/// The canonical encoding of a curve point that is not of small order: what rules 5 and 6 ask of a key and of R.
pub fn is_let_through(encoding: &[u8; 32]) -> bool {
    Point::decode(encoding).is_some_and(|point| !point.times_eight().is_same(&Point::identity()))
}

/// S modulo the group order, as 32 little-endian bytes.
pub fn reduced(s: &[u8]) -> [u8; 32] {
    let mut bytes = (BigUint::from_bytes_le(s) % &CURVE.order).to_bytes_le();
    bytes.resize(32, 0);
    bytes.try_into().unwrap()
}

/// Rules 5 to 7: \[8\]\[S\]B = \[8\]R + \[8\]\[k\]A.
pub fn accepts(triple: &Triple) -> bool {
    let r_bytes: [u8; 32] = triple.signature[..32].try_into().unwrap();
    if !is_let_through(&triple.key) || !is_let_through(&r_bytes) {
        return false;
    }
    let (key, r) = (Point::decode(&triple.key).unwrap(), Point::decode(&r_bytes).unwrap());
    let hash = Sha512::new().chain_update(r_bytes).chain_update(triple.key).chain_update(&triple.message).finalize();
    let k = BigUint::from_bytes_le(&hash) % &CURVE.order;
    let s = BigUint::from_bytes_le(&triple.signature[32..]) % &CURVE.order;
    CURVE.base.times(&s).times_eight().is_same(&r.plus(&key.times(&k)).times_eight())
}
