/*
 * The contract of every operation: what a kernel may assume once the public function has checked its arguments. Where
 * these come as a struct, vector kernels copy it to a variable of their own, so that the compiler sees that no store to
 * an operand changes it.
 */
#ifndef BG_KERNELS_H
#define BG_KERNELS_H

#include "kernels/add/add.h"
#include "kernels/average_pool/average_pool.h"
#include "kernels/batch_norm/batch_norm.h"
#include "kernels/batch_norm_backward/batch_norm_backward.h"
#include "kernels/batch_norm_exact/batch_norm_exact.h"
#include "kernels/batch_norm_sign/batch_norm_sign.h"
#include "kernels/binary_convolution/binary_convolution.h"
#include "kernels/convert/convert.h"
#include "kernels/depthwise_convolution/depthwise_convolution.h"
#include "kernels/im2col/im2col.h"
#include "kernels/lookup_gradient/lookup_gradient.h"
#include "kernels/max_pool/max_pool.h"
#include "kernels/max_pool_packed/max_pool_packed.h"
#include "kernels/max_pool_windows/max_pool_windows.h"
#include "kernels/pixel_convolution/pixel_convolution.h"
#include "kernels/quantise/quantise.h"
#include "kernels/real_convolution/real_convolution.h"
#include "kernels/relu/relu.h"
#include "kernels/sign/sign.h"
#include "kernels/sign_threshold/sign_threshold.h"
#include "kernels/softmax/softmax.h"
#include "kernels/straight_through/straight_through.h"
#include "kernels/update/update.h"
#include "kernels/update_int8/update_int8.h"
#include "kernels/weight_scales/weight_scales.h"

#endif
