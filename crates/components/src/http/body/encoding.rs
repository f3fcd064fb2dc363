//! Decompresses `Content-Encoding` gzip, deflate, brotli and zstd piece by piece, within a limit.
//!
//! The output of every layer is counted as it grows, so that a decompression bomb stops at the
//! limit and is never held in memory.

use std::io::{self, Write};

use flate2::{Decompress, FlushDecompress, Status, write::MultiGzDecoder};
use reqwest::header::{CONTENT_ENCODING, HeaderMap};
use zstd::stream::raw::{DParameter, Decoder as ZstdFrames, InBuffer, Operation, OutBuffer};

/// The most nested encodings of a body.
const MAX_LAYERS: usize = 4;

/// The largest window of zstd, as a power of two: the 8 MB that RFC 9659 allows.
const ZSTD_WINDOW: u32 = 23;

/// Why a body cannot be decompressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The encoding is not supported, or there are too many.
    Unknown(String),
    /// The bytes are not valid in this encoding.
    Damaged(&'static str),
    /// The body in this encoding is incomplete.
    Cut(&'static str),
    /// The decompressed body is longer than the limit.
    TooLarge,
}

/// Removes all encodings of one body.
pub struct Decompressor {
    layers: Vec<Layer>,
    started: bool,
}

impl Decompressor {
    /// A decompressor for a body with these headers, of at most `limit` bytes when decompressed.
    pub fn new(headers: &HeaderMap, limit: usize) -> Result<Self, Fault> {
        let mut layers = Vec::new();
        for value in headers.get_all(CONTENT_ENCODING) {
            for name in String::from_utf8_lossy(value.as_bytes()).split(',') {
                let name = name.trim().to_ascii_lowercase();
                if !matches!(name.as_str(), "" | "identity") {
                    layers.push(Layer::new(&name, limit)?);
                }
            }
        }
        if layers.len() > MAX_LAYERS {
            let many = format!("{} encodings in a row", layers.len());
            return Err(Fault::Unknown(many));
        }
        // The header lists the encodings in the order in which they were applied.
        layers.reverse();
        Ok(Self {
            layers,
            started: false,
        })
    }

    /// Whether the body is not compressed at all.
    pub fn is_plain(&self) -> bool {
        self.layers.is_empty()
    }

    /// Takes the next piece of the compressed body and returns the decompressed bytes.
    pub fn push(&mut self, piece: &[u8]) -> Result<Vec<u8>, Fault> {
        self.started |= !piece.is_empty();
        let mut bytes = piece.to_vec();
        for layer in &mut self.layers {
            bytes = layer.push(&bytes)?;
        }
        Ok(bytes)
    }

    /// Ends the body and returns the remaining bytes. An empty body (of a HEAD, a 204) is valid.
    pub fn finish(&mut self) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        if !self.started {
            return Ok(bytes);
        }
        for layer in &mut self.layers {
            bytes = layer.push(&bytes)?;
            bytes.extend(layer.finish()?);
        }
        Ok(bytes)
    }
}

struct Layer {
    name: &'static str,
    codec: Codec,
}

enum Codec {
    Gzip(Box<MultiGzDecoder<Limited>>),
    Deflate(Box<Deflate>),
    Brotli(Box<brotli_decompressor::DecompressorWriter<Limited>>),
    Zstd(Box<Zstd>),
}

impl Layer {
    fn new(name: &str, limit: usize) -> Result<Self, Fault> {
        let out = Limited::new(limit);
        let (name, codec) = match name {
            "gzip" | "x-gzip" => ("gzip", Codec::Gzip(Box::new(MultiGzDecoder::new(out)))),
            "deflate" | "zlib" => ("deflate", Codec::Deflate(Box::new(Deflate::new(out)))),
            "br" => {
                let decoder = brotli_decompressor::DecompressorWriter::new(out, 16 * 1024);
                ("br", Codec::Brotli(Box::new(decoder)))
            }
            "zstd" => ("zstd", Codec::Zstd(Box::new(Zstd::new(out)?))),
            other => return Err(Fault::Unknown(other.chars().take(60).collect())),
        };
        Ok(Self { name, codec })
    }

    fn push(&mut self, piece: &[u8]) -> Result<Vec<u8>, Fault> {
        let done = match &mut self.codec {
            Codec::Gzip(decoder) => decoder.write_all(piece),
            Codec::Deflate(decoder) => decoder.write_all(piece),
            Codec::Brotli(decoder) => decoder.write_all(piece),
            Codec::Zstd(decoder) => decoder.write_all(piece),
        };
        let name = self.name;
        let out = self.out();
        match done {
            Ok(()) => Ok(std::mem::take(&mut out.bytes)),
            Err(_) if out.full => Err(Fault::TooLarge),
            Err(_) => Err(Fault::Damaged(name)),
        }
    }

    fn finish(&mut self) -> Result<Vec<u8>, Fault> {
        let done = match &mut self.codec {
            Codec::Gzip(decoder) => decoder.try_finish(),
            Codec::Deflate(decoder) => decoder.finish(),
            Codec::Brotli(decoder) => decoder.close(),
            Codec::Zstd(decoder) => decoder.finish(),
        };
        let name = self.name;
        let out = self.out();
        match done {
            Ok(()) => Ok(std::mem::take(&mut out.bytes)),
            Err(_) if out.full => Err(Fault::TooLarge),
            Err(_) => Err(Fault::Cut(name)),
        }
    }

    fn out(&mut self) -> &mut Limited {
        match &mut self.codec {
            Codec::Gzip(decoder) => decoder.get_mut(),
            Codec::Deflate(decoder) => &mut decoder.out,
            Codec::Brotli(decoder) => decoder.get_mut(),
            Codec::Zstd(decoder) => &mut decoder.out,
        }
    }
}

/// A buffer for decompressed bytes that refuses more than the limit.
struct Limited {
    bytes: Vec<u8>,
    room: usize,
    full: bool,
}

impl Limited {
    fn new(limit: usize) -> Self {
        Self {
            bytes: Vec::new(),
            room: limit,
            full: false,
        }
    }
}

impl Write for Limited {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let Some(room) = self.room.checked_sub(piece.len()) else {
            self.full = true;
            return Err(io::Error::other("over the limit"));
        };
        self.room = room;
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// `deflate` means the zlib format, but some servers send a raw deflate stream. The first two bytes
/// show which one it is.
struct Deflate {
    out: Limited,
    head: Vec<u8>,
    stream: Option<Decompress>,
    ended: bool,
}

impl Deflate {
    fn new(out: Limited) -> Self {
        Self {
            out,
            head: Vec::new(),
            stream: None,
            ended: false,
        }
    }

    fn write_all(&mut self, piece: &[u8]) -> io::Result<()> {
        if self.stream.is_some() {
            return self.inflate(piece);
        }
        self.head.extend_from_slice(piece);
        if let [first, second, ..] = self.head[..] {
            let zlib = first & 0x0f == 8
                && first >> 4 <= 7
                && (u16::from(first) << 8 | u16::from(second)).is_multiple_of(31);
            self.stream = Some(Decompress::new(zlib));
            let head = std::mem::take(&mut self.head);
            return self.inflate(&head);
        }
        Ok(())
    }

    fn inflate(&mut self, mut piece: &[u8]) -> io::Result<()> {
        let Some(stream) = &mut self.stream else {
            return Ok(());
        };
        let mut buffer = [0; 16 * 1024];
        loop {
            if self.ended {
                return match piece.is_empty() {
                    true => Ok(()),
                    false => Err(io::Error::other("bytes after the end")),
                };
            }
            let (read, written) = (stream.total_in(), stream.total_out());
            let status = stream
                .decompress(piece, &mut buffer, FlushDecompress::None)
                .map_err(io::Error::other)?;
            let read = (stream.total_in() - read) as usize;
            let written = (stream.total_out() - written) as usize;
            self.out.write_all(&buffer[..written])?;
            piece = &piece[read..];
            self.ended = status == Status::StreamEnd;
            if !self.ended && read == 0 && written == 0 {
                return Ok(());
            }
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        match self.ended {
            true => Ok(()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// A sequence of zstd frames.
struct Zstd {
    out: Limited,
    frames: ZstdFrames<'static>,
    /// Whether the last byte was the end of a frame.
    at_end: bool,
}

impl Zstd {
    fn new(out: Limited) -> Result<Self, Fault> {
        let mut frames = ZstdFrames::new().map_err(|_| Fault::Damaged("zstd"))?;
        frames
            .set_parameter(DParameter::WindowLogMax(ZSTD_WINDOW))
            .map_err(|_| Fault::Damaged("zstd"))?;
        Ok(Self {
            out,
            frames,
            at_end: false,
        })
    }

    fn write_all(&mut self, piece: &[u8]) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        let mut input = InBuffer::around(piece);
        loop {
            let before = input.pos();
            let (left, written) = {
                let mut output = OutBuffer::around(&mut buffer[..]);
                let left = self.frames.run(&mut input, &mut output)?;
                (left, output.pos())
            };
            self.out.write_all(&buffer[..written])?;
            let moved = input.pos() > before || written > 0;
            if moved {
                self.at_end = left == 0;
            }
            if !moved || (input.pos() == piece.len() && written < buffer.len()) {
                return Ok(());
            }
        }
    }

    fn finish(&mut self) -> io::Result<()> {
        match self.at_end {
            true => Ok(()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}
