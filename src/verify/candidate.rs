//! From a claim to a record: a candidate is decoded and waits for the equation, a record has passed it.

use super::claim::IdentifiedClaim;
use super::ed25519::{self, Signature};
use super::equation::SignedMessage;
use super::public_keys::PublicKeys;
use crate::error::Rejection;
use crate::json::quote_into;
use crate::record::{Content, ContentId, SignatureBytes, Version};

/// The rejection of a candidate whose equation does not hold.
pub const UNVERIFIED: Rejection =
    Rejection::BadSignature("signature does not verify; wanted a signature of JSON.stringify(data) by publicKey");

/// The bytes of a claimed signature, or what is wrong with its text.
pub(super) type SignatureText = Result<[u8; 64], Rejection>;

impl IdentifiedClaim<'_> {
    /// What its result is remembered by, as [`Signed::id`].
    ///
    /// # Errors
    ///
    /// `BAD_SIGNATURE` for a text that is not a signature.
    pub fn id(&self) -> Result<(ContentId, SignatureBytes), Rejection> {
        Ok((self.version.content, ed25519::reduce(signature_of(self)?)))
    }
}

/// The claimed signature, read from its text.
pub(super) fn signature_of(claim: &IdentifiedClaim<'_>) -> SignatureText {
    ed25519::signature_bytes(claim.claim.signature_text())
}

/// A content and its signature, with S reduced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    content: Content,
    reduced: SignatureBytes,
    signature_text: String,
}

impl Signed {
    /// Puts together a content and a signature whose S is reduced.
    pub(super) fn new(content: Content, reduced: SignatureBytes) -> Self {
        Self { content, reduced, signature_text: reduced.to_base58() }
    }

    /// What its result is remembered by: content id and reduced signature. The content id alone would not do, because a
    /// hostile copy with a broken signature would block the honest record.
    #[must_use]
    pub fn id(&self) -> (ContentId, SignatureBytes) {
        (self.content.version.content, self.reduced)
    }

    /// Its content.
    pub(super) fn content(&self) -> &Content {
        &self.content
    }

    /// The record if the equation is known to hold, otherwise the content.
    pub(super) fn conclude(self, holds: bool) -> Result<Record, Box<Content>> {
        if holds { Ok(Record(self)) } else { Err(Box::new(self.content)) }
    }
}

/// An item that passed rules 1 to 6. It owns its text and waits for the equation.
#[derive(Debug)]
pub struct Candidate {
    pub(super) signed: Signed,
    pub(super) message: SignedMessage,
}

impl Candidate {
    /// Decodes the key and the signature of a claim.
    ///
    /// # Errors
    ///
    /// The first of rules 5 and 6 that the item fails: `BAD_KEY` or `BAD_SIGNATURE`.
    pub fn decode(claim: IdentifiedClaim<'_>, keys: &mut PublicKeys) -> Result<Self, Rejection> {
        let signature = signature_of(&claim);
        Self::decode_with(claim, signature, keys)
    }

    pub(super) fn decode_with(
        claim: IdentifiedClaim<'_>,
        signature: SignatureText,
        keys: &mut PublicKeys,
    ) -> Result<Self, Rejection> {
        // Rule 5, its point: "the canonical encoding of a curve point, not of small order"
        let key = keys.decode(&claim.public_key)?;
        // Rule 6: "signature is ASCII base58, 64 to 88 characters, of exactly 64 bytes; its R is the canonical
        // encoding of a curve point, not of small order; its S is taken modulo the group order"
        let signature_bytes = signature?;
        let signature = Signature::decode(&signature_bytes)?;

        let reduced = signature.to_bytes();
        let message = SignedMessage::new(key, signature, claim.claim.signed_text().as_bytes());
        let (content, signature_text) = claim.into_content();
        let signature_text = if reduced.0 == signature_bytes { signature_text } else { reduced.to_base58() };
        Ok(Self { signed: Signed { content, reduced, signature_text }, message })
    }

    /// Its content.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.signed.content
    }

    /// What its result is remembered by, as [`Signed::id`].
    #[must_use]
    pub fn id(&self) -> (ContentId, SignatureBytes) {
        self.signed.id()
    }
}

/// A record that passed rules 1 to 7. Nothing outside of `verify` can make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record(Signed);

impl Record {
    /// Its content.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.0.content
    }

    /// Its content, without the proof.
    #[must_use]
    pub fn into_content(self) -> Content {
        self.0.content
    }

    /// The same without the unsigned members.
    #[must_use]
    pub(crate) fn into_bare(mut self) -> Self {
        self.0.content.unsigned.clear();
        self
    }

    /// The reduced signature in base58.
    #[must_use]
    pub fn signature(&self) -> &str {
        &self.0.signature_text
    }

    /// The place in the merge order.
    #[must_use]
    pub fn version(&self) -> Version {
        self.0.content.version
    }

    /// The whole record as JSON text, as it is stored and served.
    #[must_use]
    pub fn envelope(&self) -> String {
        self.envelope_with(&self.content().unsigned)
    }

    /// The same without the unsigned members.
    #[must_use]
    pub fn bare_envelope(&self) -> String {
        self.envelope_with("")
    }

    #[inline(never)] // for size: each of its callers would have a copy
    fn envelope_with(&self, unsigned: &str) -> String {
        let content = self.content();
        let mut text = format!("{{\"data\":{},\"publicKey\":", content.signed_text);
        quote_into(&content.public_key, &mut text);
        text.push_str(",\"signature\":");
        quote_into(self.signature(), &mut text);
        if !unsigned.is_empty() {
            text.push(',');
            text.push_str(unsigned);
        }
        text.push('}');
        text
    }
}
