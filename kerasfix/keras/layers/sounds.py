"""Layers that turn sounds into pictures."""

from collections.abc import Mapping
from typing import Final

from kerasfix.keras.layers.base import (
    UNKNOWN,
    Inferred,
    LayerConfig,
    compute,
    compute_dtype,
    data_format,
    flag,
    layer,
    need_rank,
    plus,
    refuse,
    size_of,
    weights,
    when,
)
from kerasfix.keras.layers.windows import slide
from kerasfix.keras.shape import Dim, Reason, Rejected, TensorSpec

Config = Mapping[str, object]


def _mel_arguments(layer: LayerConfig) -> Config:
    config = layer.config
    fft, length = config["fft_length"], config.get("sequence_length")
    if isinstance(fft, int) and isinstance(length, int) and length and fft < length:
        refuse(f"fft_length ({fft}) must be at least sequence_length ({length})")
    return config


@layer("MelSpectrogram", parse=_mel_arguments)
def mel_spectrogram(config: Config, x: TensorSpec) -> Inferred:
    """Sounds to pictures: (batch, mel bins, frames)."""
    dtype = compute_dtype(config)
    if x.shape is None:
        return Inferred(TensorSpec(None, dtype), 0)
    stride, bins = size_of(config["sequence_stride"]), size_of(config["num_mel_bins"])
    samples = x.shape[-1]
    fft = config["fft_length"]
    if isinstance(samples, int) and isinstance(fft, int) and samples <= fft // 2:
        raise Rejected(
            Reason.WINDOW,
            f"a sound of {samples} samples is too short for fft_length={fft}: it needs more than {fft // 2}",
            expected=f"more than {fft // 2} samples",
            stage="call",
        )
    window = config.get("window")
    if isinstance(window, str) and window not in ("hann", "hamming"):
        raise Rejected(Reason.ARGUMENT, f"window must be hann or hamming, not {window!r}", stage="call")
    if config.get("top_db", UNKNOWN) is None and flag(config, "power_to_db", False):
        raise Rejected(Reason.ARGUMENT, "top_db must be a number, not None", stage="call")
    # With more axes the declared shape is not what comes out, but it is what Keras goes on with.
    frames = compute(lambda n, s: (n + s + 1) // s, x.shape[:2][-1], stride)
    return Inferred(TensorSpec((*x.shape[:-1][:1], bins, frames), dtype), 0)


_STFT_MODES: Final = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


def _stft_arguments(layer: LayerConfig) -> tuple[Config, Dim, Dim, Dim]:
    config = layer.config
    for name, allowed in (
        ("mode", _STFT_MODES),
        ("scaling", ("density", "spectrum", None)),
        ("padding", ("valid", "same")),
    ):
        value = config.get(name, UNKNOWN)
        if value is not UNKNOWN and value not in allowed:
            refuse(f"{name} must be one of {', '.join(str(item) for item in allowed)}, not {value!r}")
    data_format(config)
    frame, step, fft = (config.get(name) for name in ("frame_length", "frame_step", "fft_length"))
    if isinstance(step, int) and isinstance(frame, int) and not 1 <= step <= frame:
        refuse(f"frame_step must be from 1 to frame_length={frame}, not {step}")
    if isinstance(fft, int) and isinstance(frame, int) and fft < frame:
        refuse(f"fft_length ({fft}) must be at least frame_length ({frame})")
    length = size_of(frame)
    hop = size_of(step) if step else compute(lambda n: n // 2, length)
    size = size_of(fft) if fft else compute(lambda n: 1 << max(n - 1, 0).bit_length(), length)
    return config, length, hop, size


@layer("STFTSpectrogram", parse=_stft_arguments)
def stft_spectrogram(arguments: tuple[Config, Dim, Dim, Dim], x: TensorSpec) -> Inferred:
    """Short-time Fourier transforms, by convolutions with fixed kernels."""
    config, frame, hop, fft = arguments
    format, mode = data_format(config), config.get("mode", UNKNOWN)
    shape = need_rank(x, 3, "(batch, samples, channels)")
    dtype = compute_dtype(config)
    bands = compute(lambda n: n // 2 + 1, fft)
    one = weights((frame, bands))
    real = None if mode is UNKNOWN else mode != "imag"
    imag = None if mode is UNKNOWN else mode != "real"
    params = plus(when(real, one), when(imag, one))
    expand = flag(config, "expand_dims", False)
    if format is None or mode is UNKNOWN or expand is None:
        return Inferred(TensorSpec(None, dtype), params)
    frequencies = compute(lambda n: n * (2 if mode == "stft" else 1), bands)
    last = format == "channels_last"
    batch, samples, channels = shape if last else (shape[0], shape[2], shape[1])
    padding = config.get("padding")
    (frames,) = slide((samples,), (frame,), (hop,), padding if isinstance(padding, str) else None)
    if channels is None:
        raise Rejected(Reason.CHANNELS, "the number of channels must be fixed", stage="build")
    if expand:
        whole = (batch, frames, frequencies, channels) if last else (batch, channels, frames, frequencies)
        return Inferred(TensorSpec(whole, dtype), params)
    width = compute(lambda f, c: f * c, frequencies, channels)
    return Inferred(TensorSpec((batch, frames, width) if last else (batch, width, frames), dtype), params)
