"""`tf.image`, abstractly and for real."""

import pytest

HEAD = """
import numpy as np
import tensorflow as tf
image = tf.constant(np.random.randint(0, 256, (11, 8, 3)), tf.uint8)
grey = tf.constant(np.random.randint(0, 256, (11, 8, 1)), tf.uint8)
real = tf.constant(np.random.rand(11, 8, 3), tf.float32)
batch = tf.constant(np.random.rand(2, 9, 7, 3), tf.float32)
"""
KNOWN = """
tf.image.flip_left_right({x})
tf.image.flip_up_down({x})
tf.image.random_flip_left_right({x}, seed=1)
tf.image.random_flip_up_down({x})
tf.image.stateless_random_flip_left_right({x}, seed=(1, 2))
tf.image.adjust_brightness({x}, 0.1)
tf.image.adjust_contrast({x}, 2.0)
tf.image.adjust_hue({x}, 0.1)
tf.image.adjust_saturation({x}, 0.5)
tf.image.adjust_gamma({x}, 0.5)
tf.image.random_brightness({x}, 0.1)
tf.image.random_contrast({x}, 0.1, 0.2)
tf.image.random_hue({x}, 0.1)
tf.image.random_saturation({x}, 0.1, 0.5)
tf.image.stateless_random_contrast({x}, 0.1, 0.2, seed=(1, 2))
tf.image.per_image_standardization({x})
tf.image.resize({x}, (5, 6))
tf.image.resize({x}, [5, 6], method="nearest")
tf.image.resize({x}, (20, 6), method="bicubic", antialias=True)
tf.image.resize({x}, size=[5, 6], method=tf.image.ResizeMethod.NEAREST_NEIGHBOR)
tf.image.resize_with_pad({x}, 12, 12)
tf.image.resize_with_crop_or_pad({x}, 12, 4)
tf.image.pad_to_bounding_box({x}, 1, 1, 20, 20)
tf.image.crop_to_bounding_box({x}, 1, 1, 4, 4)
tf.image.central_crop({x}, 0.5)
tf.image.central_crop({x}, central_fraction=0.3)
tf.image.rot90({x})
tf.image.rot90({x}, 2)
tf.image.transpose({x})
tf.image.rgb_to_grayscale({x})
tf.image.convert_image_dtype({x}, tf.float32)
tf.image.convert_image_dtype({x}, tf.uint8)
tf.reverse({x}, [1])
tf.cast({x}, tf.float32) / 255.0
""".strip().splitlines()
OTHERS = """
tf.image.random_crop(image, (4, 4, 3))
tf.image.random_crop(batch, size=[2, 4, 4, 3])
tf.image.stateless_random_crop(image, (4, 4, 3), seed=(1, 2))
tf.image.rgb_to_hsv(real)
tf.image.hsv_to_rgb(batch)
tf.image.rgb_to_yuv(real)
tf.image.grayscale_to_rgb(grey)
tf.image.grayscale_to_rgb(tf.image.resize(grey, (16, 16)))
tf.image.adjust_jpeg_quality(real, 50)
tf.image.random_jpeg_quality(image, 50, 60)
tf.image.resize(grey[..., tf.newaxis][..., 0], (4, 4))
tf.image.resize(image, (6, 6), preserve_aspect_ratio=True)
tf.image.decode_png(tf.io.encode_png(image))
tf.image.decode_png(tf.io.encode_png(image), channels=3)
tf.io.decode_png(tf.io.encode_png(image), channels=1, dtype=tf.uint16)
tf.image.decode_jpeg(tf.io.encode_jpeg(image), channels=3)
tf.io.decode_image(tf.io.encode_png(image), channels=3, expand_animations=False)
tf.io.decode_image(tf.io.encode_png(image), 3, tf.float32, expand_animations=False)
tf.io.decode_image(tf.io.encode_png(image))
tf.image.sobel_edges(batch)
tf.image.total_variation(batch)
""".strip().splitlines()


@pytest.mark.keras
@pytest.mark.parametrize("expression", KNOWN)
@pytest.mark.parametrize("kind", ["image", "real", "batch"])
def test_pictures_and_batches(compare, expression: str, kind: str) -> None:
    compare(f"{HEAD}result = {expression.format(x=kind)}", known=True)


@pytest.mark.keras
@pytest.mark.parametrize("expression", OTHERS)
def test_nothing_wrong_is_said(compare, expression: str) -> None:
    compare(f"{HEAD}result = {expression}")


@pytest.mark.keras
def test_ranges(compare) -> None:
    for code, high in (("image", 255), ("tf.cast(image, tf.float32) / 255.0", 1.0)):
        value = compare(f"{HEAD}x = {code}\nresult = tf.image.resize(x, (4, 4))")
        assert value.facts.high == high
    assert compare(f"{HEAD}result = tf.image.convert_image_dtype(image, tf.float32)").facts.high == 1
