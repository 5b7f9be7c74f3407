# SPDX-License-Identifier: MIT
"""Signatures, certificates and approvals: docs/protocol.md sections 2.3, 7.

What was checked once is remembered: the same card and the same batch come
again in every ledger of a run.
"""
import re
import struct

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import (
    ec, ed25519, padding, rsa)

import merkle
from merkle import sha

BATCH_MAX = 1024


def _ms(t):
    from datetime import datetime
    return int((t - datetime(1970, 1, 1)).total_seconds() * 1000)


def _signed(crl, key):
    if not isinstance(key, ed25519.Ed25519PublicKey):
        return crl.is_signature_valid(key)
    try: # which is_signature_valid does not know
        key.verify(crl.signature, crl.tbs_certlist_bytes)
    except InvalidSignature:
        return False
    return True


class Certificate:
    def __init__(self, der):
        self.der = der
        self.fingerprint = sha(der)
        self.x509 = x509.load_der_x509_certificate(der)
        self.key = self.x509.public_key()
        self.not_before = _ms(self.x509.not_valid_before)
        self.not_after = _ms(self.x509.not_valid_after)
        self._signed = {}

    def verify(self, data, value):
        """One of the three kinds of signature, of this key over data."""
        known = self._signed.get((data, value))
        if known is None:
            known = self._signed[(data, value)] = \
                _verify(self.key, data, value)
        return known

    def extension(self, kind):
        try:
            return self.x509.extensions.get_extension_for_class(kind).value
        except (x509.ExtensionNotFound, ValueError):
            return None


def _verify(key, data, value):
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(value, data)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            if key.curve.name != "secp256r1":
                return False
            key.verify(value, data, ec.ECDSA(hashes.SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            if key.key_size < 3072:
                return False
            key.verify(value, data,
                       padding.PSS(padding.MGF1(hashes.SHA256()), 32),
                       hashes.SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True


_certificates = {}


def certificate(der):
    """None for bytes that are no certificate."""
    if der not in _certificates:
        try:
            _certificates[der] = Certificate(der)
        except ValueError:
            _certificates[der] = None
    return _certificates[der]


def pem_blocks(text, what):
    import base64
    body = re.findall(
        rb"-----BEGIN " + what + rb"-----\s(.*?)-----END " + what + rb"-----",
        text, re.S)
    return [base64.b64decode(b) for b in body]


def certificates_of_pem(text):
    return [c for c in map(certificate, pem_blocks(text, b"CERTIFICATE"))
            if c is not None]


_ed25519 = {}


def ed25519_ok(key, data, value):
    known = _ed25519.get((key, data, value))
    if known is None:
        known = _ed25519[(key, data, value)] = _verify(
            ed25519.Ed25519PublicKey.from_public_bytes(key), data, value)
    return known


def note_ok(checkpoint, vkey):
    """Signed by vkey, and nothing known fails."""
    mine = [s for name, keyid, s in checkpoint.signatures
            if name == vkey.name and keyid == vkey.id]
    return bool(mine) and checkpoint.origin == vkey.name and all(
        ed25519_ok(vkey.key, checkpoint.text, s) for s in mine)


def batch_ok(tag, digest, signature, cert):
    """Does this Signature hold for digest, under cert? (2.3)"""
    count, index = signature["count"], signature["index"]
    if not 1 <= count <= BATCH_MAX or \
            signature["certificate"] != cert.fingerprint:
        return False
    root = merkle.root_from_inclusion(merkle.leaf(digest), index, count,
                                      signature["path"])
    return root is not None and cert.verify(
        tag + b"\x00" + struct.pack(">I", count) + root, signature["value"])


def approvals(packed_object, is_card, approval, custodians):
    """How many of custodians approved; -1 when one's does not verify."""
    tag = b"infohus.v1/card\x00" if is_card else b"infohus.v1/approval\x00"
    by = {c.fingerprint: c for c in custodians}
    good = set()
    for a in approval:
        c = by.get(a["certificate"])
        if c is None:
            continue
        if not c.verify(tag + sha(packed_object) +
                        struct.pack(">Q", a["time"]), a["value"]):
            return -1
        good.add(c.fingerprint)
    return len(good)


class Anchors:
    """Trust anchors and CRLs of one manifest."""

    def __init__(self, anchors, crls):
        self.anchor = [c for text in anchors
                       for c in certificates_of_pem(text)]
        self.crl = [x509.load_der_x509_crl(der) for text in crls
                    for der in pem_blocks(text, b"X509 CRL")]
        self._span = {}

    def is_valid(self, cert, at_ms):
        """Chains to an anchor, may sign, and all of it is valid at at_ms."""
        span = self._span.get(cert.fingerprint)
        if span is None:
            span = self._span[cert.fingerprint] = self._check(cert)
        return span[0] <= at_ms < span[1]

    def _check(self, cert):
        never = (1, 0)
        usage = cert.extension(x509.KeyUsage)
        basic = cert.extension(x509.BasicConstraints)
        if usage is None or not usage.digital_signature or \
                (basic is not None and basic.ca):
            return never
        first, last = cert.not_before, cert.not_after
        for _ in range(8):
            issuer = self._issuer(cert)
            if issuer is None:
                return never
            first = max(first, issuer.not_before)
            last = min(last, issuer.not_after)
            if self.crl:
                span = self._not_revoked(cert, issuer)
                if span is None:
                    return never
                first, last = max(first, span[0]), min(last, span[1])
            if issuer.x509.subject == issuer.x509.issuer:
                return first, last
            cert = issuer
        return never

    def _issuer(self, cert):
        for a in self.anchor:
            if a.x509.subject == cert.x509.issuer and _issued(a, cert):
                return a
        return None

    def _not_revoked(self, cert, issuer):
        for crl in self.crl:
            if crl.issuer == issuer.x509.subject and \
                    _signed(crl, issuer.key):
                if crl.get_revoked_certificate_by_serial_number(
                        cert.x509.serial_number) is not None:
                    return None
                return (_ms(crl.last_update),
                        _ms(crl.next_update) if crl.next_update else 1 << 62)
        return None


def _issued(issuer, cert):
    x, key = cert.x509, issuer.key
    basic = issuer.extension(x509.BasicConstraints)
    if basic is None or not basic.ca:
        return False
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(x.signature, x.tbs_certificate_bytes)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(x.signature, x.tbs_certificate_bytes,
                       ec.ECDSA(x.signature_hash_algorithm))
        else:
            key.verify(x.signature, x.tbs_certificate_bytes,
                       padding.PKCS1v15(), x.signature_hash_algorithm)
    except (InvalidSignature, TypeError):
        return False
    return True
