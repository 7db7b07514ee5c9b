//! An embedding without a model: texts that share words are near each other, which is enough to try a vector search.

/// Numbers in an embedding.
const DIMENSIONS: usize = 384;

/// The embedding of a text, of unit length: each word adds to a few of the numbers. The same text has the same one in
/// every run and on every machine.
pub fn embedding(text: &str) -> Vec<f32> {
    let mut sums = vec![0_i32; DIMENSIONS];
    let lower = text.to_lowercase();
    for word in lower.split(|letter: char| !letter.is_alphanumeric()) {
        if word.chars().count() < 4 {
            continue; // articles and the like are in every text
        }
        let mut hash = fnv(word);
        for _ in 0..4 {
            let sign = if hash & 1 == 0 { 1 } else { -1 };
            sums[(hash >> 8) as usize % DIMENSIONS] += sign;
            hash = hash.rotate_right(23).wrapping_mul(0x0100_0000_01b3);
        }
    }
    let length = sums
        .iter()
        .map(|sum| f64::from(sum * sum))
        .sum::<f64>()
        .sqrt();
    if length == 0.0 {
        // Nothing to hash: any direction will do, as long as it has one.
        sums[0] = 1;
    }
    sums.iter()
        .map(|&sum| (f64::from(sum) / length.max(1.0)) as f32)
        .collect()
}

/// FNV-1a, 64 bits.
fn fnv(word: &str) -> u64 {
    word.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
