//! A register's file: read line by line on a thread of its own, in bounded memory, while what was read before is stored.

use std::io::{BufRead, BufReader, Read};

use dialer_app::{CopyImport, ImportedCopy, ReadLine, UseCaseError};
use dialer_domain::phone::Region;
use dialer_domain::registries::{LineError, read_line};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

/// Longest line, in bytes. A longer one is broken.
const LINE_LIMIT: usize = 1_000;
/// Bytes read at once.
const BUFFER: usize = 256 * 1024;

/// Why a register's file was not imported.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RegistryFileError {
    /// The file could not be read to its end.
    #[error("the file could not be read to its end; the copy before stays in force")]
    Unreadable(#[source] std::io::Error),
    /// Its numbers could not be stored, or it was refused.
    #[error(transparent)]
    UseCase(#[from] UseCaseError),
}

/// Imports a file to its end. Numbers without a country code are of `region`.
///
/// # Errors
/// [`RegistryFileError`]; the copy before stays in force then. `progress` is told of the different numbers and the broken
/// lines so far.
pub(crate) async fn import(
    mut import: CopyImport,
    source: impl Read + Send + 'static,
    region: Option<Region>,
    progress: impl Fn(u64, u64),
) -> Result<ImportedCopy, RegistryFileError> {
    let (sender, mut batches) = mpsc::channel::<Vec<ReadLine>>(2);
    let reading = tokio::task::spawn_blocking(move || read(source, region, &sender));
    while let Some(batch) = batches.recv().await {
        if let Err(error) = import.take(batch).await {
            drop(batches);
            // What could not be stored matters more than that it cannot be given up.
            let _ = import.give_up().await;
            return Err(error.into());
        }
        let (numbers, broken) = import.counts();
        progress(numbers, broken);
    }
    match reading.await.unwrap_or_else(|error| Err(std::io::Error::other(error))) {
        Ok(hash) => Ok(import.finish(hash).await?),
        Err(error) => {
            import.give_up().await?;
            Err(RegistryFileError::Unreadable(error))
        }
    }
}

/// Hands on batch after batch, and returns the file's SHA-256 in hexadecimal.
fn read(
    source: impl Read,
    region: Option<Region>,
    batches: &mpsc::Sender<Vec<ReadLine>>,
) -> Result<String, std::io::Error> {
    let mut source = BufReader::with_capacity(BUFFER, Hashing { source, digest: Sha256::new() });
    let mut batch = Vec::with_capacity(CopyImport::BATCH);
    let mut bytes = Vec::with_capacity(LINE_LIMIT);
    for line in 1.. {
        if !next_line(&mut source, &mut bytes)? {
            break;
        }
        let content = match std::str::from_utf8(&bytes) {
            _ if bytes.len() > LINE_LIMIT => Err(LineError::TooLong),
            Ok(text) => match read_line(text, line == 1, region) {
                Ok(None) => continue,
                Ok(Some(listed)) => Ok(listed),
                Err(error) => Err(error),
            },
            Err(_) => Err(LineError::NotText),
        };
        batch.push(ReadLine { line, content });
        if batch.len() == CopyImport::BATCH && batches.blocking_send(std::mem::take(&mut batch)).is_err() {
            break;
        }
    }
    // Nobody listens any more when the import was given up.
    let _ = batches.blocking_send(batch);
    Ok(hex::encode(source.into_inner().digest.finalize()))
}

/// Reads the next line without its end, and of a longer one a byte more than a line may have. False at the end of the file.
fn next_line(source: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool, std::io::Error> {
    line.clear();
    let mut is_one = false;
    loop {
        let chunk = source.fill_buf()?;
        if chunk.is_empty() {
            return Ok(is_one);
        }
        is_one = true;
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let part = &chunk[..end.unwrap_or(chunk.len())];
        let room = (LINE_LIMIT + 1).saturating_sub(line.len());
        line.extend_from_slice(&part[..part.len().min(room)]);
        let read = end.map_or(chunk.len(), |end| end + 1);
        source.consume(read);
        if end.is_some() {
            return Ok(true);
        }
    }
}

/// A source whose bytes are counted into a digest.
struct Hashing<R> {
    source: R,
    digest: Sha256,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.digest.update(&buffer[..count]);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(file: &[u8]) -> Vec<(u64, Result<String, &'static str>)> {
        let (sender, mut batches) = mpsc::channel(100);
        read(file, "US".parse().ok(), &sender).unwrap();
        drop(sender);
        let mut lines = Vec::new();
        while let Ok(batch) = batches.try_recv() {
            lines.extend(batch.into_iter().map(|ReadLine { line, content }| {
                let number = content.map(|listed| listed.phone_number.as_e164().to_owned());
                (line, number.map_err(LineError::code))
            }));
        }
        lines
    }

    #[test]
    fn lines_are_read_whatever_ends_them_and_however_long_they_are() {
        let mut file = b"number\r\n202,5550101\r\n\n(202) 555-0102\n".to_vec();
        file.extend([b"9".repeat(1_000_000).as_slice(), b"\n\xFF\xFE\n2025550103"].concat());
        let number = |n: u32| Ok(format!("+1202555010{n}"));
        assert_eq!(
            lines(&file),
            [(2, number(1)), (4, number(2)), (5, Err("too_long")), (6, Err("not_text")), (7, number(3))]
        );
        assert_eq!(lines(b""), []);
        assert_eq!(lines(b"\n\n"), []);
    }

    #[test]
    fn more_lines_than_a_batch_are_all_read() {
        let file: Vec<u8> = (0..25_000).flat_map(|n| format!("202{:07}\n", 5_000_000 + n).into_bytes()).collect();
        let lines = lines(&file);
        assert_eq!(lines.len(), 25_000);
        assert!(lines.iter().all(|(_, number)| number.is_ok()));
        assert_eq!(lines.last().unwrap().0, 25_000);
    }

    #[test]
    fn the_hash_is_the_file_s() {
        let (sender, _batches) = mpsc::channel(1);
        let hash = read(&b"abc"[..], None, &sender).unwrap();
        assert_eq!(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
