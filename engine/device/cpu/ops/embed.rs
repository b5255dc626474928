//! Token embeddings.

use super::Matrix;
use super::matrix::row_bytes;
use crate::device::cpu::parallel;
use crate::formats::{Decode, SPAN};

/// The residual streams of each token: copies of its row of the embedding.
///
/// ```text
/// streams[t, s, :] = table[tokens[t], :]
/// ```
///
/// `tokens` `[T]`; `table` `[V, N]`; `streams` `[T, S, N]`.
///
/// # Panics
///
/// When a token is outside the table or lengths disagree.
///
/// Source: MODEL.md section 2.1.
pub fn embed<F: Decode, const N: usize, const S: usize>(
    tokens: &[u32],
    table: Matrix<'_, F>,
    streams: &mut [f32],
) {
    assert_eq!(streams.len(), tokens.len() * S * N, "streams of {} tokens", tokens.len());
    let bytes = row_bytes::<F>(N);
    parallel::for_each_chunk(streams, S * N, S * N, |t, streams| {
        let row = &table.bytes[tokens[t] as usize * bytes..][..bytes];
        let (first, copies) = streams.split_at_mut(N);
        let (spans, _) = first.as_chunks_mut::<SPAN>();
        for (span, packed) in spans.iter_mut().zip(row.chunks_exact(F::SPAN_BYTES)) {
            F::decode(packed, span);
        }
        copies.chunks_exact_mut(N).for_each(|copy| copy.copy_from_slice(first));
    });
}

#[cfg(test)]
mod tests {
    use super::super::testing::{f16_matrix, values};
    use super::*;
    use crate::formats::F16;

    #[test]
    fn every_stream_is_the_row_of_the_token() {
        let (bytes, table) = f16_matrix(10, 256, 1);
        for tokens in [vec![3], vec![9, 0, 3], (0..130).map(|t| t % 10).collect()] {
            let mut streams = values(tokens.len() * 2 * 256, 2);
            embed::<F16, 256, 2>(&tokens, Matrix::new(&bytes), &mut streams);
            for (i, stream) in streams.chunks_exact(256).enumerate() {
                let token = tokens[i / 2] as usize;
                assert_eq!(stream, &table[token * 256..(token + 1) * 256]);
            }
        }
    }
}
