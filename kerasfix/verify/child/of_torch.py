"""Training as PyTorch does it: optimizers of `torch.optim`, losses that go backward, loaders with workers."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .gradients import Listener


def install(listener: "Listener") -> None:
    """Overhear every optimizer and every loss of PyTorch, and keep loaders in this process."""
    import torch
    from torch.optim.optimizer import register_optimizer_step_pre_hook

    backward = torch.Tensor.backward
    loader = torch.utils.data.DataLoader.__init__

    def overheard(self: Any, *args: Any, **kwargs: Any) -> Any:
        listener.lost(self)
        return backward(self, *args, **kwargs)

    def step(optimizer: Any, _args: Any, _kwargs: Any) -> None:
        weights = [weight for group in optimizer.param_groups for weight in group["params"]]
        listener.stepped([weight.grad for weight in weights], _variables(listener, weights))

    def here(self: Any, *args: Any, **kwargs: Any) -> None:
        loader(self, *args, **kwargs)
        self.num_workers = 0  # no other processes

    torch.Tensor.backward = overheard
    torch.utils.data.DataLoader.__init__ = here
    register_optimizer_step_pre_hook(step)


def _variables(listener: "Listener", weights: list[Any]) -> list[Any]:
    """The variables of Keras that these weights belong to; what belongs to none stands for itself."""
    known = {
        id(variable.value): variable for model, _ in listener.record.models for variable in model.weights
    }
    return [known.get(id(weight), weight) for weight in weights]
