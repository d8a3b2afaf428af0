# Linux on any 64-bit ARM, from the Raspberry Pi 3 and 4 on. Outline atomics would ask the CPU behind our back for
# instructions that the baseline does not have.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_FLAGS_INIT "-march=armv8-a -mno-outline-atomics")

if(NOT CMAKE_HOST_SYSTEM_PROCESSOR STREQUAL CMAKE_SYSTEM_PROCESSOR)
    set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
    # The CPU of a Raspberry Pi 4: an instruction it does not have (dot products, float16 arithmetic) ends the test.
    set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -cpu cortex-a72 -L /usr/aarch64-linux-gnu)
endif()
