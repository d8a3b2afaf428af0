/*
 * A plugin of QEMU that counts how often each instruction runs between the two markers. At the end marker it prints
 * what ran, as runs of instructions that follow each other and were executed equally often, which is what a loop's body
 * looks like. A line a run: "run", the number of executions, and each instruction's bytes in hexadecimal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "markers.h"
#include "qemu_plugin.h"

enum { INSTRUCTION_BYTES = 4 };

/* What the emulator translates at once and runs from its first instruction on. Blocks overlap: each entry has its own.
 */
struct block {
    struct block *next;
    uint64_t address;
    uint64_t executions;
    size_t length;
    uint8_t code[][INSTRUCTION_BYTES];
};

struct instruction {
    uint64_t address;
    uint64_t executions;
    const uint8_t *code;
};

__attribute__((visibility("default"))) int qemu_plugin_version = QEMU_PLUGIN_VERSION;

static struct block *blocks;

static void *allocate(size_t bytes) {
    void *memory = malloc(bytes);
    if (memory == NULL) {
        perror("count_instructions");
        exit(1);
    }
    return memory;
}

static void count_block(qemu_plugin_id_t id, struct qemu_plugin_tb *translated) {
    (void)id;
    size_t length = qemu_plugin_tb_n_insns(translated);
    struct block *block = allocate(sizeof *block + length * sizeof *block->code);
    block->next = blocks;
    block->address = qemu_plugin_tb_vaddr(translated);
    block->executions = 0;
    block->length = length;
    for (size_t i = 0; i < length; i++) {
        memcpy(block->code[i], qemu_plugin_insn_data(qemu_plugin_tb_get_insn(translated, i)), INSTRUCTION_BYTES);
    }
    blocks = block;
    qemu_plugin_register_vcpu_tb_exec_inline(translated, QEMU_PLUGIN_INLINE_ADD_U64, &block->executions, 1);
}

static int by_address(const void *left, const void *right) {
    uint64_t a = ((const struct instruction *)left)->address;
    uint64_t b = ((const struct instruction *)right)->address;
    return (a > b) - (a < b);
}

/* The instructions of all blocks that ran, by address, each once. Returns how many. */
static size_t gather(struct instruction **gathered) {
    size_t length = 0;
    for (const struct block *block = blocks; block != NULL; block = block->next) {
        length += block->executions > 0 ? block->length : 0;
    }
    struct instruction *instructions = allocate((length + 1) * sizeof *instructions);
    size_t filled = 0;
    for (const struct block *block = blocks; block != NULL; block = block->next) {
        for (size_t i = 0; block->executions > 0 && i < block->length; i++) {
            instructions[filled++] =
                (struct instruction){block->address + i * INSTRUCTION_BYTES, block->executions, block->code[i]};
        }
    }
    qsort(instructions, length, sizeof *instructions, by_address);
    size_t last = 0;
    for (size_t i = 1; i < length; i++) {
        if (instructions[i].address == instructions[last].address) {
            instructions[last].executions += instructions[i].executions;
        } else {
            instructions[++last] = instructions[i];
        }
    }
    *gathered = instructions;
    return length == 0 ? 0 : last + 1;
}

static void print_runs(void) {
    struct instruction *instructions;
    size_t length = gather(&instructions);
    for (size_t i = 0; i < length; i++) {
        const struct instruction *now = &instructions[i];
        int follows =
            i > 0 && now->address == now[-1].address + INSTRUCTION_BYTES && now->executions == now[-1].executions;
        if (!follows) {
            printf("%srun %llu", i > 0 ? "\n" : "", (unsigned long long)now->executions);
        }
        printf(" %02x%02x%02x%02x", now->code[0], now->code[1], now->code[2], now->code[3]);
    }
    printf("\n");
    fflush(stdout);
    free(instructions);
}

static void see_marker(qemu_plugin_id_t id, unsigned cpu, int64_t number, uint64_t a1, uint64_t a2, uint64_t a3,
    uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8) {
    (void)id, (void)cpu, (void)a1, (void)a2, (void)a3, (void)a4, (void)a5, (void)a6, (void)a7, (void)a8;
    if (number == MARK_BEGIN) {
        for (struct block *block = blocks; block != NULL; block = block->next) {
            block->executions = 0;
        }
    } else if (number == MARK_END) {
        print_runs();
    }
}

__attribute__((visibility("default"))) int qemu_plugin_install(
    qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv) {
    (void)info, (void)argc, (void)argv;
    qemu_plugin_register_vcpu_tb_trans_cb(id, count_block);
    qemu_plugin_register_vcpu_syscall_cb(id, see_marker);
    return 0;
}
