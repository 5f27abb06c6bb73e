"""The network: a small MobileNet for 64 x 64 pictures, and the weights it is exported with."""

import torch
from torch import nn
from torch.nn import functional as F

# Output channels and stride of each depthwise separable block.
BLOCKS = [(24, 1), (48, 2), (48, 1), (96, 2), (96, 1), (128, 2), (128, 1)]
STEM = 16


class Unit(nn.Module):
    """A convolution padded as TensorFlow's SAME pads it, batch norm, and clipping to 0..6."""

    def __init__(self, inputs, outputs, size, stride, groups=1):
        super().__init__()
        self.size, self.stride = size, stride
        self.conv = nn.Conv2d(inputs, outputs, size, stride, groups=groups, bias=False)
        self.norm = nn.BatchNorm2d(outputs)

    def forward(self, x):
        # SAME pads so that there are ceil(side / stride) outputs, the odd pixel at the end: with
        # stride 2 and an even side that is nothing before and one pixel behind.
        side = x.shape[-1]
        total = max((-(-side // self.stride) - 1) * self.stride + self.size - side, 0)
        before, behind = total // 2, total - total // 2
        x = F.pad(x, (before, behind, before, behind))
        return F.relu6(self.norm(self.conv(x)))

    def folded(self):
        """Weights [outputs, inputs / groups, size, size] and bias, with the batch norm in them."""
        scale = self.norm.weight / torch.sqrt(self.norm.running_var + self.norm.eps)
        weights = self.conv.weight * scale.reshape(-1, 1, 1, 1)
        return weights, self.norm.bias - self.norm.running_mean * scale


class Net(nn.Module):
    """Pixels scaled to -1..1, [n, 3, 64, 64], to one number per class; softmax is left out."""

    def __init__(self, classes):
        super().__init__()
        units = [Unit(3, STEM, 3, 2)]
        inputs = STEM
        for outputs, stride in BLOCKS:
            units.append(Unit(inputs, inputs, 3, stride, groups=inputs))
            units.append(Unit(inputs, outputs, 1, 1))
            inputs = outputs
        self.units = nn.Sequential(*units)
        self.head = nn.Linear(inputs, classes)

    def forward(self, x):
        return self.head(self.units(x).mean(dim=(2, 3)))

    def weights(self):
        """What is exported: name -> array, batch norm folded."""
        arrays = {}
        for i, unit in enumerate(self.units):
            kernel, bias = unit.folded()
            arrays[f"unit{i}.kernel"] = kernel
            arrays[f"unit{i}.bias"] = bias
            arrays[f"unit{i}.stride"] = torch.tensor(unit.stride)
        arrays["head.kernel"] = self.head.weight
        arrays["head.bias"] = self.head.bias
        return {name: array.detach().numpy() for name, array in arrays.items()}
