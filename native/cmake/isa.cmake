# The one place for instruction-set flags: which ISAs an architecture has, and what each is compiled with beyond the
# baseline of its toolchain file. A kernel runs only after the CPU and the operating system were asked (src/cpu), so
# these flags must reach no file but the ISA's own.
set(BITGRAD_KNOWN_ISAS avx2 avx512 neon)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    set(BITGRAD_ISAS avx2 avx512)
    set(BITGRAD_FLAGS_avx2 -mavx2 -mfma -mf16c -mpopcnt)
    set(BITGRAD_FLAGS_avx512 ${BITGRAD_FLAGS_avx2} -mavx512f -mavx512cd -mavx512bw -mavx512dq -mavx512vl
        -mavx512vpopcntdq -mavx512vnni -mavx512vbmi -mprefer-vector-width=512)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
    set(BITGRAD_ISAS neon)
    set(BITGRAD_FLAGS_neon "")
endif()
