/* The contract of every operation: what a kernel may assume once the public function has checked its arguments. */
#ifndef BG_KERNELS_H
#define BG_KERNELS_H

#include "kernels/batch_norm/batch_norm.h"
#include "kernels/binary_gemm/binary_gemm.h"
#include "kernels/convert/convert.h"
#include "kernels/gradient_gemm/gradient_gemm.h"
#include "kernels/sign/sign.h"
#include "kernels/softmax/softmax.h"
#include "kernels/straight_through/straight_through.h"
#include "kernels/update/update.h"

#endif
