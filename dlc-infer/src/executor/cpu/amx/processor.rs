//! The instructions of AMX: the one file with anything `unsafe`, because no safe library has them.

use std::{
    arch::{asm, x86_64::__cpuid_count},
    marker::PhantomData,
    sync::OnceLock,
};

use super::{Operands, Parts};

/// Returns whether this process may use tiles of bfloat16.
pub(super) fn is_available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| has_tiles() && is_permitted())
}

/// Returns whether the processor has them: AMX-BF16 and AMX-TILE.
fn has_tiles() -> bool {
    const WANTED: u32 = 1 << 22 | 1 << 24;
    let most = __cpuid_count(0, 0).eax;
    most >= 7 && __cpuid_count(7, 0).edx & WANTED == WANTED
}

/// Asks Linux for room for the tiles, for all threads of the process.
fn is_permitted() -> bool {
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const XFEATURE_XTILEDATA: libc::c_long = 18;
    // SAFETY: the call takes two numbers and changes what the system keeps of this process.
    let code = unsafe {
        libc::syscall(
            libc::SYS_arch_prctl,
            ARCH_REQ_XCOMP_PERM,
            XFEATURE_XTILEDATA,
        )
    };
    code == 0
}

/// What `ldtilecfg` reads.
#[repr(align(64))]
struct Layout([u8; 64]);

/// Eight tiles of 16 rows of 64 bytes.
static LAYOUT: Layout = {
    let mut bytes = [0; 64];
    bytes[0] = 1;
    let mut tile = 0;
    while tile < 8 {
        bytes[16 + 2 * tile] = 64;
        bytes[48 + tile] = 16;
        tile += 1;
    }
    Layout(bytes)
};

/// A thread whose tiles have a layout; it stays with the thread.
#[derive(Debug)]
pub(super) struct SetUp(PhantomData<*const ()>);

impl SetUp {
    /// Sets up the tiles of this thread.
    ///
    /// # Panics
    ///
    /// When the process may not use tiles.
    pub(super) fn new() -> Self {
        assert!(is_available());
        // SAFETY: the process may use tiles, and the layout is one that every AMX has.
        unsafe { asm!("ldtilecfg [{}]", in(reg) LAYOUT.0.as_ptr(), options(nostack)) };
        Self(PhantomData)
    }

    /// Sums products up, as `Tiles::multiply` says.
    #[inline]
    pub(super) fn multiply(&self, operands: &mut Operands<'_>) {
        operands.check();
        let multiply = match (operands.parts, operands.columns, operands.outputs) {
            (Parts::Three, 2, 2) => three_parts_2x2,
            (Parts::Three, 1, 2) => three_parts_1x2,
            (Parts::Three, 2, _) => three_parts_2x1,
            (Parts::Three, ..) => three_parts_1x1,
            (Parts::Two, 2, 2) => two_parts_2x2,
            (Parts::Two, 1, 2) => two_parts_1x2,
            (Parts::Two, 2, _) => two_parts_2x1,
            (Parts::Two, ..) => two_parts_1x1,
            (Parts::One, 2, 2) => one_part_2x2,
            (Parts::One, 1, 2) => one_part_1x2,
            (Parts::One, 2, _) => one_part_2x1,
            (Parts::One, ..) => one_part_1x1,
        };
        // SAFETY: `Operands::check` saw that all offsets and lengths are inside, for these counts of
        // tiles and parts; `self` says that this thread's tiles are set up.
        unsafe { multiply(operands) };
    }
}

impl Drop for SetUp {
    fn drop(&mut self) {
        // So that the system need not keep the tiles of a thread that does something else.
        // SAFETY: the thread has tiles, and nothing of them is needed.
        unsafe { asm!("tilerelease", options(nostack)) };
    }
}

/// A function that sums the products of all steps up and stores the sums.
///
/// `{x}` is where the columns of a step begin, `{y}` and `{z}` where their other parts do, `{w}` the step's
/// weights; a tile is 1024 bytes. Tiles 0 to 3 are sums, in the order of their `$place`s (bytes).
macro_rules! multiplication {
    ($name:ident, $step:literal, [$($tile:literal at $place:literal),*], [$($line:literal),* $(,)?]) => {
        /// # Safety
        ///
        /// The thread's tiles are set up, and operands are as long as `Operands::check` wants.
        unsafe fn $name(operands: &mut Operands<'_>) {
            // SAFETY: the caller says that all addresses lie inside of the operands; nothing else
            // is written than the sums, and tiles are no registers that the compiler uses.
            unsafe {
                asm!(
                    $(concat!("tilezero ", $tile),)*
                    "2:",
                    "mov {x:e}, dword ptr [{offset}]",
                    "lea {x}, [{numbers} + {x} * 4]",
                    "lea {y}, [{x} + {part} * 4]",
                    "lea {z}, [{y} + {part} * 4]",
                    $($line,)*
                    concat!("add {w}, ", $step),
                    "add {offset}, 4",
                    "dec {steps}",
                    "jnz 2b",
                    $(concat!("tilestored [{sums} + {line} * 2 + ", $place, "], ", $tile),)*
                    sums = in(reg) operands.sums.as_mut_ptr(),
                    line = in(reg) 64_usize,
                    numbers = in(reg) operands.x.as_ptr(),
                    part = in(reg) operands.next_part,
                    x = out(reg) _,
                    y = out(reg) _,
                    z = out(reg) _,
                    offset = inout(reg) operands.offsets.as_ptr() => _,
                    w = inout(reg) operands.weights.as_ptr() => _,
                    steps = inout(reg) operands.offsets.len() => _,
                    out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                    out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
                    options(nostack),
                );
            }
        }
    };
}

multiplication!(
    three_parts_2x2, 6144,
    ["tmm0" at 0, "tmm1" at 64, "tmm2" at 2048, "tmm3" at 2112],
    [
        "tileloadd tmm4, [{x} + {line}]",
        "tileloadd tmm7, [{w} + {line}]",
        "tdpbf16ps tmm0, tmm4, tmm7",
        "tileloadd tmm5, [{y} + {line}]",
        "tdpbf16ps tmm0, tmm5, tmm7",
        "tileloadd tmm6, [{z} + {line}]",
        "tdpbf16ps tmm0, tmm6, tmm7",
        "tileloadd tmm7, [{w} + {line} + 3072]",
        "tdpbf16ps tmm1, tmm4, tmm7",
        "tdpbf16ps tmm1, tmm5, tmm7",
        "tdpbf16ps tmm1, tmm6, tmm7",
        "tileloadd tmm7, [{w} + {line} + 1024]",
        "tdpbf16ps tmm0, tmm4, tmm7",
        "tdpbf16ps tmm0, tmm5, tmm7",
        "tileloadd tmm7, [{w} + {line} + 4096]",
        "tdpbf16ps tmm1, tmm4, tmm7",
        "tdpbf16ps tmm1, tmm5, tmm7",
        "tileloadd tmm7, [{w} + {line} + 2048]",
        "tdpbf16ps tmm0, tmm4, tmm7",
        "tileloadd tmm7, [{w} + {line} + 5120]",
        "tdpbf16ps tmm1, tmm4, tmm7",
        "tileloadd tmm4, [{x} + {line} + 1024]",
        "tileloadd tmm7, [{w} + {line}]",
        "tdpbf16ps tmm2, tmm4, tmm7",
        "tileloadd tmm5, [{y} + {line} + 1024]",
        "tdpbf16ps tmm2, tmm5, tmm7",
        "tileloadd tmm6, [{z} + {line} + 1024]",
        "tdpbf16ps tmm2, tmm6, tmm7",
        "tileloadd tmm7, [{w} + {line} + 3072]",
        "tdpbf16ps tmm3, tmm4, tmm7",
        "tdpbf16ps tmm3, tmm5, tmm7",
        "tdpbf16ps tmm3, tmm6, tmm7",
        "tileloadd tmm7, [{w} + {line} + 1024]",
        "tdpbf16ps tmm2, tmm4, tmm7",
        "tdpbf16ps tmm2, tmm5, tmm7",
        "tileloadd tmm7, [{w} + {line} + 4096]",
        "tdpbf16ps tmm3, tmm4, tmm7",
        "tdpbf16ps tmm3, tmm5, tmm7",
        "tileloadd tmm7, [{w} + {line} + 2048]",
        "tdpbf16ps tmm2, tmm4, tmm7",
        "tileloadd tmm7, [{w} + {line} + 5120]",
        "tdpbf16ps tmm3, tmm4, tmm7",
    ]
);

multiplication!(
    three_parts_1x2, 6144,
    ["tmm0" at 0, "tmm1" at 64],
    [
        "tileloadd tmm4, [{x} + {line}]",
        "tileloadd tmm7, [{w} + {line}]",
        "tdpbf16ps tmm0, tmm4, tmm7",
        "tileloadd tmm2, [{w} + {line} + 3072]",
        "tdpbf16ps tmm1, tmm4, tmm2",
        "tileloadd tmm5, [{y} + {line}]",
        "tdpbf16ps tmm0, tmm5, tmm7",
        "tdpbf16ps tmm1, tmm5, tmm2",
        "tileloadd tmm6, [{z} + {line}]",
        "tdpbf16ps tmm0, tmm6, tmm7",
        "tdpbf16ps tmm1, tmm6, tmm2",
        "tileloadd tmm3, [{w} + {line} + 1024]",
        "tdpbf16ps tmm0, tmm4, tmm3",
        "tileloadd tmm7, [{w} + {line} + 4096]",
        "tdpbf16ps tmm1, tmm4, tmm7",
        "tdpbf16ps tmm0, tmm5, tmm3",
        "tdpbf16ps tmm1, tmm5, tmm7",
        "tileloadd tmm2, [{w} + {line} + 2048]",
        "tdpbf16ps tmm0, tmm4, tmm2",
        "tileloadd tmm3, [{w} + {line} + 5120]",
        "tdpbf16ps tmm1, tmm4, tmm3",
    ]
);

multiplication!(
    three_parts_2x1, 3072,
    ["tmm0" at 0, "tmm2" at 2048],
    [
        "tileloadd tmm4, [{x} + {line}]",
        "tileloadd tmm7, [{w} + {line}]",
        "tdpbf16ps tmm0, tmm4, tmm7",
        "tileloadd tmm1, [{x} + {line} + 1024]",
        "tdpbf16ps tmm2, tmm1, tmm7",
        "tileloadd tmm5, [{y} + {line}]",
        "tdpbf16ps tmm0, tmm5, tmm7",
        "tileloadd tmm3, [{y} + {line} + 1024]",
        "tdpbf16ps tmm2, tmm3, tmm7",
        "tileloadd tmm6, [{z} + {line}]",
        "tdpbf16ps tmm0, tmm6, tmm7",
        "tileloadd tmm6, [{z} + {line} + 1024]",
        "tdpbf16ps tmm2, tmm6, tmm7",
        "tileloadd tmm7, [{w} + {line} + 1024]",
        "tdpbf16ps tmm0, tmm4, tmm7",
        "tdpbf16ps tmm2, tmm1, tmm7",
        "tdpbf16ps tmm0, tmm5, tmm7",
        "tdpbf16ps tmm2, tmm3, tmm7",
        "tileloadd tmm7, [{w} + {line} + 2048]",
        "tdpbf16ps tmm0, tmm4, tmm7",
        "tdpbf16ps tmm2, tmm1, tmm7",
    ]
);

multiplication!(
    three_parts_1x1, 3072,
    ["tmm0" at 0],
    [
        "tileloadd tmm4, [{x} + {line}]",
        "tileloadd tmm7, [{w} + {line}]",
        "tdpbf16ps tmm0, tmm4, tmm7",
        "tileloadd tmm5, [{y} + {line}]",
        "tdpbf16ps tmm0, tmm5, tmm7",
        "tileloadd tmm6, [{z} + {line}]",
        "tdpbf16ps tmm0, tmm6, tmm7",
        "tileloadd tmm1, [{w} + {line} + 1024]",
        "tdpbf16ps tmm0, tmm4, tmm1",
        "tdpbf16ps tmm0, tmm5, tmm1",
        "tileloadd tmm2, [{w} + {line} + 2048]",
        "tdpbf16ps tmm0, tmm4, tmm2",
    ]
);

multiplication!(
    two_parts_2x2, 4096,
    ["tmm0" at 0, "tmm1" at 64, "tmm2" at 2048, "tmm3" at 2112],
    [
        "tileloadd tmm4, [{x} + {line}]",
        "tileloadd tmm6, [{w} + {line}]",
        "tdpbf16ps tmm0, tmm4, tmm6",
        "tileloadd tmm5, [{y} + {line}]",
        "tdpbf16ps tmm0, tmm5, tmm6",
        "tileloadd tmm7, [{w} + {line} + 1024]",
        "tdpbf16ps tmm0, tmm4, tmm7",
        "tileloadd tmm6, [{w} + {line} + 2048]",
        "tdpbf16ps tmm1, tmm4, tmm6",
        "tdpbf16ps tmm1, tmm5, tmm6",
        "tileloadd tmm7, [{w} + {line} + 3072]",
        "tdpbf16ps tmm1, tmm4, tmm7",
        "tileloadd tmm4, [{x} + {line} + 1024]",
        "tdpbf16ps tmm3, tmm4, tmm6",
        "tdpbf16ps tmm3, tmm4, tmm7",
        "tileloadd tmm5, [{y} + {line} + 1024]",
        "tdpbf16ps tmm3, tmm5, tmm6",
        "tileloadd tmm6, [{w} + {line}]",
        "tdpbf16ps tmm2, tmm4, tmm6",
        "tdpbf16ps tmm2, tmm5, tmm6",
        "tileloadd tmm7, [{w} + {line} + 1024]",
        "tdpbf16ps tmm2, tmm4, tmm7",
    ]
);

multiplication!(
    two_parts_1x2, 4096,
    ["tmm0" at 0, "tmm1" at 64],
    [
        "tileloadd tmm4, [{x} + {line}]",
        "tileloadd tmm6, [{w} + {line}]",
        "tdpbf16ps tmm0, tmm4, tmm6",
        "tileloadd tmm2, [{w} + {line} + 2048]",
        "tdpbf16ps tmm1, tmm4, tmm2",
        "tileloadd tmm5, [{y} + {line}]",
        "tdpbf16ps tmm0, tmm5, tmm6",
        "tdpbf16ps tmm1, tmm5, tmm2",
        "tileloadd tmm7, [{w} + {line} + 1024]",
        "tdpbf16ps tmm0, tmm4, tmm7",
        "tileloadd tmm3, [{w} + {line} + 3072]",
        "tdpbf16ps tmm1, tmm4, tmm3",
    ]
);

multiplication!(
    two_parts_2x1, 2048,
    ["tmm0" at 0, "tmm2" at 2048],
    [
        "tileloadd tmm4, [{x} + {line}]",
        "tileloadd tmm6, [{w} + {line}]",
        "tdpbf16ps tmm0, tmm4, tmm6",
        "tileloadd tmm1, [{x} + {line} + 1024]",
        "tdpbf16ps tmm2, tmm1, tmm6",
        "tileloadd tmm7, [{w} + {line} + 1024]",
        "tdpbf16ps tmm0, tmm4, tmm7",
        "tdpbf16ps tmm2, tmm1, tmm7",
        "tileloadd tmm5, [{y} + {line}]",
        "tdpbf16ps tmm0, tmm5, tmm6",
        "tileloadd tmm3, [{y} + {line} + 1024]",
        "tdpbf16ps tmm2, tmm3, tmm6",
    ]
);

multiplication!(
    two_parts_1x1, 2048,
    ["tmm0" at 0],
    [
        "tileloadd tmm4, [{x} + {line}]",
        "tileloadd tmm6, [{w} + {line}]",
        "tdpbf16ps tmm0, tmm4, tmm6",
        "tileloadd tmm5, [{y} + {line}]",
        "tdpbf16ps tmm0, tmm5, tmm6",
        "tileloadd tmm7, [{w} + {line} + 1024]",
        "tdpbf16ps tmm0, tmm4, tmm7",
    ]
);

multiplication!(
    one_part_2x2, 2048,
    ["tmm0" at 0, "tmm1" at 64, "tmm2" at 2048, "tmm3" at 2112],
    [
        "tileloadd tmm4, [{x} + {line}]",
        "tileloadd tmm6, [{w} + {line}]",
        "tdpbf16ps tmm0, tmm4, tmm6",
        "tileloadd tmm7, [{w} + {line} + 1024]",
        "tdpbf16ps tmm1, tmm4, tmm7",
        "tileloadd tmm5, [{x} + {line} + 1024]",
        "tdpbf16ps tmm2, tmm5, tmm6",
        "tdpbf16ps tmm3, tmm5, tmm7",
    ]
);

multiplication!(
    one_part_1x2, 2048,
    ["tmm0" at 0, "tmm1" at 64],
    [
        "tileloadd tmm4, [{x} + {line}]",
        "tileloadd tmm6, [{w} + {line}]",
        "tdpbf16ps tmm0, tmm4, tmm6",
        "tileloadd tmm7, [{w} + {line} + 1024]",
        "tdpbf16ps tmm1, tmm4, tmm7",
    ]
);

multiplication!(
    one_part_2x1, 1024,
    ["tmm0" at 0, "tmm2" at 2048],
    [
        "tileloadd tmm4, [{x} + {line}]",
        "tileloadd tmm6, [{w} + {line}]",
        "tdpbf16ps tmm0, tmm4, tmm6",
        "tileloadd tmm5, [{x} + {line} + 1024]",
        "tdpbf16ps tmm2, tmm5, tmm6",
    ]
);

multiplication!(
    one_part_1x1, 1024,
    ["tmm0" at 0],
    [
        "tileloadd tmm4, [{x} + {line}]",
        "tileloadd tmm6, [{w} + {line}]",
        "tdpbf16ps tmm0, tmm4, tmm6",
    ]
);
