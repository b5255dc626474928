//! Small kernels on whichever NVIDIA card there is; machine code on any machine with NVRTC.

use std::{
    env,
    fs::{self, DirEntry},
    io::{self, Write},
    path::Path,
};

use super::*;
use crate::device::{gpu::upload::Piece, programs::CUDA};

/// Prints a line directly, since the test runner hides what a passing test prints.
fn print(line: &str) {
    writeln!(io::stderr(), "{line}").unwrap();
}

/// Loads the library that `DS4_NVRTC` names: who asks for it later by its usual name gets this one.
fn find_nvrtc() {
    if let Some(path) = env::var_os("DS4_NVRTC") {
        // SAFETY: NVIDIA's library runs nothing when it is loaded that touches this program.
        let library = unsafe { libloading::Library::new(path) };
        std::mem::forget(library.expect("DS4_NVRTC names NVRTC"));
    }
}

/// A card, or `None` with a reason that is seen where the machine has none.
fn card() -> Option<Cuda> {
    find_nvrtc();
    missing_or(Cuda::open(&CUDA, None))
}

fn compiler() -> Option<Compiler> {
    find_nvrtc();
    missing_or(Compiler::open(&CUDA, "sm_90"))
}

fn missing_or<T>(opened: Result<T>) -> Option<T> {
    match opened {
        Ok(opened) => Some(opened),
        Err(error @ (Error::NoGpu { .. } | Error::NoCompiler { .. })) => {
            print(&format!("skipped: {error}"));
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// `y[group.y, i] = factor x[i] + group.y` for `len` values.
const SCALE: KernelText<'_> = KernelText {
    name: "scale",
    entry: "scale",
    code: b"struct P { u32 len; f32 factor; };
        extern \"C\" __global__ void scale(const f32* x, f32* y, const __grid_constant__ P p) {
          const u32 i = blockIdx.x * 64u + threadIdx.x;
          if (i < p.len) y[blockIdx.y * p.len + i] = p.factor * x[i] + f32(blockIdx.y);
        }",
    bindings: &[0, 1],
    threads: 64,
    waits: false,
    workgroup_bytes: 0,
    immediates: 2,
};

fn floats(gpu: &mut Cuda, buffer: &Buffer, len: usize) -> Vec<f32> {
    let mut values = vec![0.0; len];
    gpu.read(buffer, 0, bytemuck::cast_slice_mut(&mut values)).unwrap();
    values
}

#[test]
fn storage_immediates_offsets_and_rows() {
    let Some(mut gpu) = card() else { return };
    let kernel = gpu.kernel(&SCALE).unwrap();
    let all: Vec<f32> = (0..228_u16).map(f32::from).collect();
    let x = gpu.allocate(228 * 4, "x").unwrap();
    gpu.write(&x, 0, bytemuck::cast_slice(&all)).unwrap();
    let y = gpu.allocate(512 + 300 * 4, "y").unwrap();
    // 100 values of x from the 64th, three rows of y from the 128th.
    let immediates = [100, 0.5_f32.to_bits()];
    let bindings = [(&x, 256), (&y, 512)];
    let dispatch =
        |grid| Dispatch { kernel: &kernel, grid, bindings: &bindings, immediates: &immediates };
    gpu.run(&[dispatch([2, 3, 1]), dispatch([2, 0, 1])]).unwrap();
    let row = |row: u8| all[64..164].iter().map(move |x| 0.5 * x + f32::from(row));
    let expected: Vec<f32> = [0.0; 128].into_iter().chain((0..3).flat_map(row)).collect();
    assert_eq!(floats(&mut gpu, &y, 428), expected);
}

#[test]
fn dispatches_see_what_those_before_them_wrote() {
    let Some(mut gpu) = card() else { return };
    let kernel = gpu.kernel(&SCALE).unwrap();
    let (a, b) = (gpu.allocate(256, "a").unwrap(), gpu.allocate(256, "b").unwrap());
    gpu.write(&a, 0, bytemuck::cast_slice(&[1.0_f32; 64])).unwrap();
    let immediates = [64, 3.0_f32.to_bits()];
    let [there, back] = [[(&a, 0), (&b, 0)], [(&b, 0), (&a, 0)]];
    let dispatch =
        |bindings| Dispatch { kernel: &kernel, grid: [1, 1, 1], bindings, immediates: &immediates };
    gpu.run(&[dispatch(&there[..]), dispatch(&back), dispatch(&there), dispatch(&back)]).unwrap();
    assert_eq!(floats(&mut gpu, &a, 64), [81.0; 64]);
}

#[test]
fn many_bytes_come_back_as_they_were() {
    let Some(mut gpu) = card() else { return };
    // Two and a half halves of the staging memory, and nothing even.
    let n = (40 << 20) + 13;
    let bytes: Vec<u8> = (0..n).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let buffer = gpu.allocate(u64::from(n) + 5, "a test").unwrap();
    gpu.write(&buffer, 3, &bytes).unwrap();
    gpu.write(&buffer, 0, &[7; 3]).unwrap();
    let mut found = vec![1; bytes.len() + 5];
    gpu.read(&buffer, 0, &mut found).unwrap();
    assert!(found[..3] == [7; 3] && found[3..3 + bytes.len()] == bytes[..]);
    assert_eq!(found[3 + bytes.len()..], [0; 2], "buffers begin as zeros");
}

#[test]
fn what_does_not_fit_is_refused() {
    let Some(mut gpu) = card() else { return };
    let kernel = gpu.kernel(&SCALE).unwrap();
    let x = gpu.allocate(256, "x").unwrap();
    let bound = [(&x, 0), (&x, 0)];
    let fits = Dispatch { kernel: &kernel, grid: [1, 1, 1], bindings: &bound, immediates: &[0, 0] };
    let mut refusal = |dispatch| gpu.run(&[dispatch]).unwrap_err().to_string();
    assert_eq!(
        refusal(Dispatch { bindings: &bound[..1], ..fits }),
        "dispatch of kernel scale: expected 2 buffers, found 1"
    );
    let too_many = refusal(Dispatch { grid: [1, 1 << 20, 1], ..fits });
    assert!(too_many.contains("[1, 1048576, 1] workgroups; the device allows ["), "{too_many}");
    let past = gpu.write(&x, 200, &[0; 57]).unwrap_err().to_string();
    assert_eq!(past, "57 bytes from byte 200 are not within a buffer of 256 bytes");
    let huge = gpu.allocate(1 << 60, "too much").unwrap_err().to_string();
    assert_eq!(huge, format!("out of memory: {} bytes for too much", 1_u64 << 60));
    let threads = gpu.kernel(&KernelText { threads: 1 << 20, ..SCALE }).unwrap_err().to_string();
    assert!(threads.starts_with("kernel scale: it has 1048576 threads"), "{threads}");
}

#[test]
fn a_compiler_newer_than_the_driver_is_refused() {
    for (nvrtc, driver) in [((12, 9), (12, 0)), ((12, 0), (13, 1)), ((13, 0), (13, 0))] {
        check_versions(nvrtc, driver).unwrap();
    }
    let refusal = check_versions((13, 1), (12, 9)).unwrap_err().to_string();
    let expected = "NVRTC cannot be used: version 13.1 makes machine code for drivers of CUDA 13; \
                    this one is of CUDA 12.9\nhelp: update NVIDIA's driver";
    assert!(refusal.starts_with(expected), "{refusal}");
}

#[test]
fn faults_in_a_text_are_shown_with_their_lines() {
    let Some(mut compiler) = compiler() else { return };
    let code = b"extern \"C\" __global__ void bad(f32* y) {\n  y[0] = nothing;\n}";
    let text =
        KernelText { name: "bad", entry: "bad", code, bindings: &[0], immediates: 0, ..SCALE };
    let refusal = compiler.machine_code(&[SCALE, text], &mut |_| {}).unwrap_err().to_string();
    assert!(refusal.starts_with("kernel bad: NVRTC "), "{refusal}");
    assert!(refusal.contains("bad.cu(2): error: identifier \"nothing\""), "{refusal}");
}

fn files(folder: &Path) -> Vec<DirEntry> {
    fs::read_dir(folder).unwrap().map(Result::unwrap).collect()
}

#[test]
fn machine_code_is_made_once() {
    let Some(mut first) = compiler() else { return };
    let folder = tempfile::tempdir().unwrap();
    let make = |compiler: &mut Compiler, text: KernelText<'_>| {
        compiler.use_store(Some(folder.path().to_owned()));
        let mut heard = vec![];
        let code = compiler.machine_code(&[text], &mut |done| heard.push(done)).unwrap();
        assert_eq!(heard, [1]);
        (code, compiler.take_warnings())
    };
    let (code, warnings) = make(&mut first, SCALE);
    assert!(code[0].starts_with(b"\x7fELF") && warnings.is_empty(), "{warnings:?}");
    let [kept] = &files(folder.path())[..] else { panic!("one file is kept") };
    let written = kept.metadata().unwrap().modified().unwrap();

    let again = || Compiler::open(&CUDA, "sm_90").unwrap();
    assert_eq!(make(&mut again(), SCALE), (code.clone(), vec![]));
    assert_eq!(kept.metadata().unwrap().modified().unwrap(), written, "it is not written again");

    let mut bytes = fs::read(kept.path()).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(kept.path(), &bytes).unwrap();
    let (mended, warnings) = make(&mut again(), SCALE);
    assert_eq!(mended, code);
    assert!(warnings[0].ends_with("is ignored: its checksum is wrong"), "{warnings:?}");
    assert_eq!(make(&mut again(), SCALE), (code, vec![]));

    make(&mut Compiler::open(&CUDA, "sm_80").unwrap(), SCALE);
    make(&mut again(), KernelText { code: &[SCALE.code, b" "].concat(), ..SCALE });
    assert_eq!(files(folder.path()).len(), 3, "other texts and cards have files of their own");
}

/// Pieces of odd lengths that fill the buffers.
fn pieces(buffers: &[Buffer]) -> Vec<Piece<'_, Buffer>> {
    let mut pieces = vec![];
    for buffer in buffers {
        for offset in (0..buffer.size()).step_by(999) {
            let len = usize::try_from(buffer.size() - offset).unwrap().min(999);
            pieces.push(Piece { buffer, offset, len });
        }
    }
    pieces
}

#[test]
fn pieces_arrive_while_kernels_are_made() {
    let Some(mut gpu) = card() else { return };
    let sizes = [1000, 3 << 20, 16, 70_001];
    let buffers = gpu.allocate_all(&sizes, "a test").unwrap();
    let value = |number: usize| u8::try_from(1 + number % 251).unwrap();
    let fill = |number: usize, out: &mut [u8]| {
        out.fill(value(number));
        Ok(())
    };
    let upload = Upload { pieces: pieces(&buffers), fill: &fill };
    let mut done = 0;
    let kernels = gpu.load(&[SCALE], &upload, &mut |bytes| done += bytes).unwrap();
    assert_eq!((kernels.len(), done), (1, sizes.iter().sum()));
    for (number, piece) in upload.pieces.iter().enumerate() {
        let mut bytes = vec![0; piece.len];
        gpu.read(piece.buffer, piece.offset, &mut bytes).unwrap();
        assert!(bytes.iter().all(|byte| *byte == value(number)), "{number}");
    }

    let fill = |number: usize, _: &mut [u8]| match number {
        7 => Err(Error::Untimed { device: "a piece".to_owned() }),
        _ => Ok(()),
    };
    let upload = Upload { pieces: pieces(&buffers), fill: &fill };
    let error = gpu.load(&[SCALE], &upload, &mut |_| {}).unwrap_err();
    assert!(matches!(error, Error::Untimed { .. }), "{error}");
    assert!(gpu.free_memory().unwrap().is_some());
}
