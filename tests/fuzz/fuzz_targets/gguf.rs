//! Any bytes are a GGUF header that keeps its promises, or an error that can be shown.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let parsed = match ds4::gguf::parse(bytes, bytes.len() as u64) {
        Ok(parsed) => parsed,
        Err(error) => {
            let message = error.to_string();
            assert!(message.contains("\nhelp: "), "{message}");
            assert!(message.lines().count() < 32, "{message}");
            return;
        }
    };
    for (key, value) in parsed.metadata.iter() {
        assert_eq!(parsed.metadata.get(key).map(|found| found.ty()), Some(value.ty()));
    }
    for tensor in &parsed.tensors {
        assert_eq!(parsed.tensor(&tensor.name), Some(tensor));
        assert_eq!(tensor.offset % parsed.alignment, 0);
        assert!(parsed.data_start + tensor.offset + tensor.bytes <= bytes.len() as u64);
        assert_eq!(tensor.row_bytes() * tensor.n_rows(), tensor.bytes);
    }
});
