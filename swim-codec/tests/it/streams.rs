//! Streams: the same frames however the bytes arrive.

use proptest::prelude::*;
use swim_codec::limits::STREAM_FRAME_MAX;
use swim_codec::{BadFrameLength, Message, Nack, Nonce, STREAM_PREFIX_LEN, StreamDecoder};

use crate::samples::{any_message, header, keyrings, sealed};

const NACK: Message<'static> = Message::Nack(Nack { nonce: Nonce::from_u64(7) });

proptest! {
    #[test]
    fn any_chunking_gives_the_same_frames(
        messages in prop::collection::vec(any_message(), 0..5),
        chunks in prop::collection::vec(1..200usize, 1..8),
        eager in any::<bool>(),
    ) {
        for mut keyring in keyrings() {
            let frames: Vec<_> = messages.iter().map(|owned| sealed(&mut keyring, &[owned.message()])).collect();
            let stream: Vec<u8> = frames.iter().flat_map(|frame| prefixed(frame)).collect();
            prop_assert_eq!(decode(&stream, &chunks, eager), frames);
        }
    }

    #[test]
    fn arbitrary_bytes_give_frames_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut decoder = StreamDecoder::new(100);
        decoder.push(&bytes);
        while let Ok(Some(frame)) = decoder.next_frame() {
            prop_assert!((40..=100).contains(&frame.len()));
        }
        prop_assert!(decoder.buffered() <= bytes.len());
    }
}

#[test]
fn a_stream_frame_is_a_frame_behind_its_length() {
    for mut keyring in keyrings() {
        let mut stream = b"before".to_vec();
        let mut writer = keyring.stream_frame(&header(), 100, &mut stream);
        assert!(writer.push(&NACK));
        writer.seal();
        assert_eq!(stream, [b"before", &prefixed(&sealed(&mut keyring, &[NACK]))[..]].concat());
    }
}

#[test]
fn the_budget_does_not_count_the_length() {
    for mut keyring in keyrings() {
        let (mut datagram, mut stream) = (Vec::new(), Vec::new());
        let as_datagram = keyring.frame(&header(), 100, &mut datagram).remaining();
        assert_eq!(keyring.stream_frame(&header(), 100, &mut stream).remaining(), as_datagram);
    }
}

#[test]
fn only_lengths_from_the_shortest_frame_to_the_maximum_are_accepted() {
    for (announced, accepted) in [(0, false), (39, false), (40, true), (100, true), (101, false)] {
        let mut decoder = StreamDecoder::new(100);
        decoder.push(&u32::to_be_bytes(announced));
        decoder.push(&[0; 100]);
        let refused = Err(BadFrameLength { announced, max: 100 });
        let length = decoder.next_frame().map(|frame| frame.map(|frame| frame.len()));
        assert_eq!(length, if accepted { Ok(Some(announced as usize)) } else { refused });
    }
}

#[test]
fn an_error_stays() {
    let mut decoder = StreamDecoder::new(STREAM_FRAME_MAX);
    decoder.push(&u32::MAX.to_be_bytes());
    let error = decoder.next_frame().unwrap_err();
    decoder.push(&prefixed(&[0; 40]));
    assert_eq!(decoder.next_frame(), Err(error));
    assert_eq!(decoder.buffered(), 0);
}

#[test]
fn what_is_left_of_a_cut_stream_is_counted() {
    let stream = prefixed(&[0; 40]);
    let mut decoder = StreamDecoder::new(100);
    decoder.push(&stream);
    decoder.push(&stream[..10]);
    assert_eq!(decoder.buffered(), 54);
    assert!(decoder.next_frame().unwrap().is_some());
    assert_eq!(decoder.next_frame(), Ok(None));
    assert_eq!(decoder.buffered(), 10);
}

/// Feeds `stream` in chunks of these lengths, in turn; an eager reader looks after every chunk.
fn decode(stream: &[u8], chunks: &[usize], eager: bool) -> Vec<Vec<u8>> {
    let mut decoder = StreamDecoder::new(STREAM_FRAME_MAX);
    let (mut rest, mut frames) = (stream, Vec::new());
    for &chunk in chunks.iter().cycle() {
        let (now, later) = rest.split_at(chunk.min(rest.len()));
        decoder.push(now);
        rest = later;
        if eager || rest.is_empty() {
            while let Some(frame) = decoder.next_frame().unwrap() {
                frames.push(frame.to_vec());
            }
        }
        if rest.is_empty() {
            break;
        }
    }
    assert_eq!(decoder.buffered(), 0);
    frames
}

fn prefixed(frame: &[u8]) -> Vec<u8> {
    let length = u32::try_from(frame.len()).unwrap().to_be_bytes();
    assert_eq!(length.len(), STREAM_PREFIX_LEN);
    [&length, frame].concat()
}
