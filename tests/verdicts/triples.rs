//! Crafted triples of every kind that a hostile signer or relay can make, and honest ones among them.

use crate::common::crafting::{
    Half, Numbers, Triple, joined, p_plus, signed_by, small_order_encodings, with_orders_added, with_s_moved,
};

/// What a triple was made as. Each makes one or more triples that are meant for one batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Honest,
    /// All 64 pairs of torsion components come up.
    Torsion,
    TorsionAndWrong,
    SmallOrderKey,
    SmallOrderR,
    SmallOrderBoth,
    KeyAtOrAboveP,
    RAtOrAboveP,
    OrdersAdded,
    OrdersAddedAndWrong,
    RandomS,
    FlippedBit,
    RandomKey,
    RandomR,
    OtherMessage,
    OtherKey,
    Repeated,
    /// Two or three whose errors sum to nothing.
    Cancelling,
    /// The sign bit of a key or of R, and the S that would fit it.
    OtherSign,
}

pub const KINDS: [Kind; 19] = [
    Kind::Honest,
    Kind::Torsion,
    Kind::TorsionAndWrong,
    Kind::SmallOrderKey,
    Kind::SmallOrderR,
    Kind::SmallOrderBoth,
    Kind::KeyAtOrAboveP,
    Kind::RAtOrAboveP,
    Kind::OrdersAdded,
    Kind::OrdersAddedAndWrong,
    Kind::RandomS,
    Kind::FlippedBit,
    Kind::RandomKey,
    Kind::RandomR,
    Kind::OtherMessage,
    Kind::OtherKey,
    Kind::Repeated,
    Kind::Cancelling,
    Kind::OtherSign,
];

/// Makes triples, the same for each seed. Few keys sign them, so that every batch holds some keys many times.
pub struct Crafter {
    pub numbers: Numbers,
    keys: Vec<Half>,
    small_order: Vec<[u8; 32]>,
    earlier: Vec<Triple>,
    torsions: usize,
}

impl Crafter {
    pub fn new(seed: u64) -> Self {
        let mut numbers = Numbers(seed);
        let keys = (0..24).map(|number| Half::with_torsion(numbers.scalar(), number)).collect();
        Self { numbers, keys, small_order: small_order_encodings(), earlier: Vec::new(), torsions: 0 }
    }

    /// Triples of a random kind, more good ones than bad: where most of a batch is bad, few sums of more than one hold.
    pub fn next(&mut self) -> (Kind, Vec<Triple>) {
        let good = [Kind::Honest, Kind::Torsion, Kind::OrdersAdded];
        let kind = if self.numbers.below(5) < 3 { self.numbers.pick(&good) } else { self.numbers.pick(&KINDS) };
        (kind, self.of_kind(kind))
    }

    pub fn of_kind(&mut self, kind: Kind) -> Vec<Triple> {
        let made = match kind {
            Kind::Repeated => vec![self.an_earlier_one(); 2],
            Kind::Cancelling => self.cancelling(),
            _ => vec![self.single(kind)],
        };
        self.earlier.extend(made.iter().cloned());
        made
    }

    fn single(&mut self, kind: Kind) -> Triple {
        match kind {
            Kind::Torsion => self.torsion(),
            Kind::TorsionAndWrong => self.torsion_and_wrong(),
            Kind::SmallOrderKey | Kind::SmallOrderBoth | Kind::KeyAtOrAboveP => {
                let key = if kind == Kind::KeyAtOrAboveP { self.at_or_above_p() } else { self.small_order() };
                let nonce = if kind == Kind::SmallOrderBoth { self.small_order() } else { self.nonce() };
                self.sign(key, nonce)
            }
            Kind::SmallOrderR | Kind::RAtOrAboveP => {
                let nonce = if kind == Kind::RAtOrAboveP { self.at_or_above_p() } else { self.small_order() };
                let key = self.key();
                self.sign(key, nonce)
            }
            Kind::OrdersAdded => with_orders_added(self.torsion(), 1 + self.numbers.below(14) as u8),
            Kind::OrdersAddedAndWrong => with_orders_added(self.torsion_and_wrong(), 1 + self.numbers.below(14) as u8),
            Kind::RandomS => {
                let triple = self.torsion();
                let r = triple.signature[..32].try_into().unwrap();
                Triple { signature: joined(r, self.numbers.bytes()), ..triple }
            }
            Kind::FlippedBit => self.flipped_bit(),
            Kind::RandomKey => Triple { key: self.numbers.bytes(), ..self.honest() },
            Kind::RandomR => {
                let triple = self.honest();
                let s = triple.signature[32..].try_into().unwrap();
                Triple { signature: joined(self.numbers.bytes(), s), ..triple }
            }
            Kind::OtherMessage => Triple { message: self.message(), ..self.an_earlier_one() },
            Kind::OtherKey => Triple { key: self.key().bytes, ..self.an_earlier_one() },
            Kind::OtherSign => self.other_sign(),
            Kind::Honest | Kind::Repeated | Kind::Cancelling => self.honest(),
        }
    }

    fn honest(&mut self) -> Triple {
        let (key, nonce) = (Half::with_torsion(self.keys[0].scalar, 0), self.numbers.scalar());
        self.sign(key, Half::with_torsion(nonce, 0))
    }

    fn torsion(&mut self) -> Triple {
        self.torsions += 1;
        let key = self.keys[self.torsions % self.keys.len()];
        let nonce = self.numbers.scalar();
        self.sign(key, Half::with_torsion(nonce, self.torsions / 8))
    }

    fn torsion_and_wrong(&mut self) -> Triple {
        let triple = self.torsion();
        with_s_moved(triple, self.numbers.scalar())
    }

    /// The error of one, taken back by the others.
    fn cancelling(&mut self) -> Vec<Triple> {
        let (first, second) = (self.numbers.scalar(), self.numbers.scalar());
        let errors =
            if self.numbers.below(2) == 0 { vec![first, -first] } else { vec![first, second, -(first + second)] };
        errors.into_iter().map(|error| with_s_moved(self.torsion(), error)).collect()
    }

    fn flipped_bit(&mut self) -> Triple {
        let mut triple = self.torsion();
        let at = self.numbers.below(8 * (32 + 64 + 1));
        let bit = 1 << (at % 8);
        match at / 8 {
            byte @ 0..32 => triple.key[byte] ^= bit,
            byte @ 32..96 => triple.signature[byte - 32] ^= bit,
            _ => match triple.message.first_mut() {
                Some(byte) => *byte ^= bit,
                None => triple.message.push(bit),
            },
        }
        triple
    }

    fn other_sign(&mut self) -> Triple {
        let (mut key, mut nonce) = (self.key(), self.nonce());
        let half = if self.numbers.below(2) == 0 { &mut key } else { &mut nonce };
        half.bytes[31] ^= 0x80;
        // −(aB + T) is (−a)B − T: the same torsion up to its sign, which the cofactor clears.
        if self.numbers.below(3) > 0 {
            half.scalar = -half.scalar;
        }
        self.sign(key, nonce)
    }

    fn sign(&mut self, key: Half, nonce: Half) -> Triple {
        signed_by(key, nonce, &self.message())
    }

    fn message(&mut self) -> Vec<u8> {
        let length = self.numbers.pick(&[0, 1, 8, 8, 8, 63, 64, 200]);
        (0..length).map(|_| self.numbers.next() as u8).collect()
    }

    fn key(&mut self) -> Half {
        self.numbers.pick(&self.keys)
    }

    fn nonce(&mut self) -> Half {
        Half::with_torsion(self.numbers.scalar(), self.numbers.below(8))
    }

    fn small_order(&mut self) -> Half {
        Half::shown_as(self.numbers.pick(&self.small_order))
    }

    fn at_or_above_p(&mut self) -> Half {
        let mut bytes = p_plus(self.numbers.below(19) as u8);
        bytes[31] |= 0x80 * self.numbers.below(2) as u8;
        Half::shown_as(bytes)
    }

    fn an_earlier_one(&mut self) -> Triple {
        if self.earlier.is_empty() { self.honest() } else { self.numbers.pick(&self.earlier) }
    }
}
