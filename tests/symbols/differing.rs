//! Pairs of sets that differ in a known way, and the client's part of an exchange over them.

use std::collections::BTreeMap;

use dbsharing::symbols::{
    Answered, Body, Decoded, Decoding, Discovery, ElementId, Next, Outline, Own, Residue, Symbols, View, encode,
    estimate,
};

/// Random numbers from a seed (SplitMix64).
pub struct Draw(pub u64);

impl Draw {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    pub fn id(&mut self) -> ElementId {
        ElementId(self.next() as u32)
    }

    /// A value, never 0.
    pub fn value(&mut self) -> Residue {
        Residue::reduced(self.next() % 281_474_976_000_000).plus(Residue::ONE)
    }
}

/// An element's values here and at the peer; 0 where it is not.
pub type Values = (Residue, Residue);

/// Elements with what they are on the two sides.
#[derive(Debug, Clone, Default)]
pub struct Pair {
    pub differing: BTreeMap<ElementId, Values>,
    pub common: Vec<(ElementId, Residue)>,
}

impl Pair {
    /// Elements that differ (edited, only here, or only there) and others that do not.
    pub fn drawn(draw: &mut Draw, differing: usize, common: usize) -> Self {
        let mut pair = Self::default();
        while pair.differing.len() < differing {
            let values = match draw.next() % 3 {
                0 => (draw.value(), Residue::ZERO),
                1 => (Residue::ZERO, draw.value()),
                _ => (draw.value(), draw.value()),
            };
            pair.differing.insert(draw.id(), values);
        }
        while pair.common.len() < common {
            let id = draw.id();
            if !pair.differing.contains_key(&id) && pair.common.iter().all(|(other, _)| *other != id) {
                pair.common.push((id, draw.value()));
            }
        }
        pair
    }

    /// The sums here and at the peer.
    pub fn sums(&self, view: View, cells: u32) -> [Symbols; 2] {
        let mut ours = Symbols::new(view, cells);
        self.common.iter().for_each(|(id, value)| ours.apply(*id, Residue::ZERO, *value));
        let mut theirs = ours.clone();
        for (id, (own, their)) in &self.differing {
            ours.apply(*id, Residue::ZERO, *own);
            theirs.apply(*id, Residue::ZERO, *their);
        }
        [ours, theirs]
    }

    pub fn own(&self, id: ElementId) -> Own {
        let common = || self.common.iter().find(|(other, _)| *other == id).map(|(_, value)| *value);
        let value = self.differing.get(&id).map(|(own, _)| *own).or_else(common).unwrap_or_default();
        Own { value, records: usize::from(!value.is_zero()) }
    }

    /// How many records either side has, if each id has one.
    fn records(&self) -> [u32; 2] {
        let held = |own: &dyn Fn(&Values) -> Residue| {
            let differing = self.differing.values().filter(|values| !own(values).is_zero()).count();
            (differing + self.common.len()) as u32
        };
        [held(&|values| values.0), held(&|values| values.1)]
    }

    /// Decodes the difference of sums over this pair, `budget` at a time.
    pub fn decoded(&self, [ours, theirs]: &[Symbols; 2], budget: usize) -> Decoded {
        let mut decoding = Decoding::new(theirs, ours).unwrap();
        while decoding.step(budget, |id| self.own(id)) {}
        decoding.into_decoded()
    }

    /// What a decoding has to note of this pair.
    pub fn is_found_in(&self, decoded: &Decoded) -> bool {
        let noted = decoded.noted.iter().map(|noted| (noted.id, (noted.own, noted.theirs)));
        decoded.is_complete && noted.eq(self.differing.iter().map(|(id, values)| (*id, *values)))
    }
}

/// How an exchange went.
pub struct Discovered {
    pub end: Next,
    pub decoded: Decoded,
    pub bytes: usize,
    pub requests: usize,
}

/// Everything from the first request of a view on, over the bytes that would be sent.
pub fn discover(pair: &Pair, view: View, is_audit: bool, count: u32) -> Discovered {
    let [our_records, their_records] = pair.records();
    let [ours, theirs] = pair.sums(view, 16_384);
    let outline = |records, symbols: &Symbols| Outline { records, counters: symbols.counters() };
    let estimate = estimate(outline(their_records, &theirs), outline(our_records, &ours));
    let mut discovery = Discovery::new(view, is_audit);
    let (mut bytes, mut requests, mut asked) = (0, 0, 0..count);
    let mut received: Option<Symbols> = None;
    loop {
        let sent = encode(&theirs, asked.clone(), their_records).unwrap();
        bytes += sent.len();
        requests += 1;
        let body = Body::parse(&sent, view, asked.start).unwrap();
        let records = body.records;
        match &mut received {
            Some(received) => assert!(received.append(&body.cells)),
            none => *none = body.into_symbols(),
        }
        let decoded = pair.decoded(&[ours.clone(), received.clone().unwrap()], 1_000);
        match discovery.judge(Answered { records, own_records: our_records, estimate, decoded: &decoded }) {
            Next::Ask(range) => asked = range,
            end => return Discovered { end, decoded, bytes, requests },
        }
    }
}
