"""One runtime on one model in a fresh process, measured.

usage: worker.py PEER MODEL INPUTS SECONDS THREADS [OUTPUTS]

INPUTS is a folder with 0.npy, 1.npy, ... in the order of the model's inputs; with OUTPUTS the outputs
are written there in the same way, and the precision that the runtime really uses is looked up (both
cost memory, so such a run is not one of those that are recorded).

Prints {"ready": ...} when everything is loaded, waits for a line, warms up, measures, and prints one
JSON line with times in milliseconds and memory in MB. load_ms is reading, compiling and making a
request; importing the library is not counted.
"""

import collections
import importlib.metadata
import json
import os
import sys
import time

WARM_UP = 0.3


class Refused(Exception):
    """What a runtime said instead of loading a model."""


def megabytes(key):
    with open("/proc/self/status", encoding="utf-8") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(key)) / 1024


def most_common(words):
    counted = collections.Counter(words)
    if not counted:
        return ""
    word, count = counted.most_common(1)[0]
    return word if len(counted) == 1 else f"{word} ({count} of {sum(counted.values())} layers)"


class OnnxRuntime:
    def __init__(self):
        import onnxruntime

        self.library = onnxruntime
        self.version = onnxruntime.__version__

    def options(self, threads):
        options = self.library.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 4
        return options

    def load(self, model, inputs, threads):
        self.model, self.threads = model, threads
        self.session = self.library.InferenceSession(
            model, self.options(threads), providers=["CPUExecutionProvider"])
        self.binding = self.session.io_binding()
        for given, value in zip(self.session.get_inputs(), inputs):
            self.binding.bind_cpu_input(given.name, value)
        for made in self.session.get_outputs():
            self.binding.bind_output(made.name)

    def run(self):
        self.session.run_with_iobinding(self.binding)

    def outputs(self):
        return self.binding.copy_outputs_to_cpu()

    def precision(self):
        import tempfile

        import onnx

        with tempfile.TemporaryDirectory() as folder:
            options = self.options(self.threads)
            options.optimized_model_filepath = os.path.join(folder, "optimized.onnx")
            self.library.InferenceSession(
                self.model, options, providers=["CPUExecutionProvider"])
            nodes = onnx.load(options.optimized_model_filepath, load_external_data=False).graph.node
        return most_common("int8" if node.op_type.startswith("QLinear") else "fp32" for node in nodes
                           if "Conv" in node.op_type)


class OpenVino:
    hint = "f32"

    def __init__(self):
        import openvino

        self.library = openvino
        self.version = openvino.__version__.split("-")[0]

    def load(self, model, inputs, threads):
        settings = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": threads}
        if self.hint:
            settings["INFERENCE_PRECISION_HINT"] = self.hint
        core = self.library.Core()
        self.compiled = core.compile_model(core.read_model(model), "CPU", settings)
        self.request = self.compiled.create_infer_request()
        for given, value in zip(self.compiled.inputs, inputs):
            self.request.set_tensor(given, self.library.Tensor(value))

    def run(self):
        self.request.infer()

    def outputs(self):
        count = len(self.compiled.outputs)
        return [self.request.get_output_tensor(k).data.copy() for k in range(count)]

    def precision(self):
        names = {"f32": "fp32", "f16": "fp16", "u8": "int8", "i8": "int8"}
        layers = []
        for node in self.compiled.get_runtime_model().get_ordered_ops():
            facts = node.get_rt_info()
            if facts["layerType"].astype(str) in ("Convolution", "FullyConnected"):
                name = facts["runtimePrecision"].astype(str)
                layers.append(names.get(name, name))
        return most_common(layers)


class OpenVinoDefault(OpenVino):
    hint = None


class LiteRt:
    kernels = "AUTO"

    def __init__(self):
        from ai_edge_litert import interpreter

        self.library = interpreter
        self.version = importlib.metadata.version("ai-edge-litert")

    def load(self, model, inputs, threads):
        kernels = getattr(self.library.OpResolverType, self.kernels)
        self.interpreter = self.library.Interpreter(
            model_path=model, num_threads=threads, experimental_op_resolver_type=kernels)
        self.interpreter.allocate_tensors()
        for given, value in zip(self.interpreter.get_input_details(), inputs):
            self.interpreter.set_tensor(given["index"], value)

    def run(self):
        self.interpreter.invoke()

    def outputs(self):
        return [self.interpreter.get_tensor(made["index"])
                for made in self.interpreter.get_output_details()]

    def precision(self):
        tensors = {t["index"]: t["dtype"] for t in self.interpreter.get_tensor_details()}
        layers = [tensors[op["outputs"][0]].__name__ for op in self.interpreter._get_ops_details()
                  if "CONV" in op["op_name"]]
        names = {"float32": "fp32", "uint8": "int8"}
        return most_common(names.get(name, name) for name in layers)


class LiteRtReference(LiteRt):
    """Its slow kernels, which say what is right."""

    kernels = "BUILTIN_REF"


class Mnn:
    def __init__(self):
        import MNN
        import numpy

        self.library, self.numpy = MNN, numpy
        self.version = MNN.version()

    def load(self, model, inputs, threads):
        self.net = self.library.Interpreter(model)
        self.session = self.net.createSession(
            {"numThread": threads, "backend": "CPU", "precision": "high"})
        given = self.net.getSessionInput(self.session)
        shape = given.getShape()
        value = inputs[0].astype(self.numpy.float32)
        order = given.getDimensionType()
        if self.numpy.prod(shape) != value.size:
            raise Refused(f"its input became {tuple(shape)}")
        held = self.library.Tensor(shape, self.library.Halide_Type_Float, value.reshape(shape), order)
        given.copyFrom(held)

    def run(self):
        self.net.runSession(self.session)

    def outputs(self):
        found = []
        for made in self.net.getSessionOutputAll(self.session).values():
            room = self.numpy.zeros(made.getShape(), self.numpy.float32)
            held = self.library.Tensor(made.getShape(), self.library.Halide_Type_Float, room,
                                       made.getDimensionType())
            made.copyToHostTensor(held)
            found.append(self.numpy.array(held.getData(), dtype=self.numpy.float32))
        return found

    def precision(self):
        return "fp32"


class Ncnn:
    """Its integer and 16-bit options are off: with them float networks come out 0.7 % off."""

    def __init__(self):
        import ncnn
        import numpy

        self.library, self.numpy = ncnn, numpy
        self.version = ncnn.__version__

    def load(self, model, inputs, threads):
        self.net = self.library.Net()
        self.net.opt.num_threads = threads
        self.net.opt.use_vulkan_compute = False
        for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic",
                       "use_bf16_storage", "use_int8_inference"):
            setattr(self.net.opt, option, False)
        if self.net.load_param(model) or self.net.load_model(model.replace(".param", ".bin")):
            raise Refused("ncnn cannot load what pnnx wrote")
        self.given = self.library.Mat(self.numpy.ascontiguousarray(inputs[0][0]))
        self.names = (self.net.input_names()[0], list(self.net.output_names()))

    def run(self):
        extractor = self.net.create_extractor()
        extractor.input(self.names[0], self.given)
        self.made = [extractor.extract(name)[1] for name in self.names[1]]

    def outputs(self):
        return [self.numpy.array(mat) for mat in self.made]

    def precision(self):
        return "fp32"


PEERS = {"ort": OnnxRuntime, "ov": OpenVino, "ov-default": OpenVinoDefault, "litert": LiteRt,
         "litert-reference": LiteRtReference, "mnn": Mnn, "ncnn": Ncnn}


def read_inputs(folder):
    import numpy

    found = []
    while os.path.exists(path := os.path.join(folder, f"{len(found)}.npy")):
        found.append(numpy.load(path))
    return found


def timed(call):
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1e3


def times_for(seconds, call):
    times = []
    end = time.perf_counter() + seconds
    while (before := time.perf_counter()) < end:
        call()
        times.append((time.perf_counter() - before) * 1e3)
    return times


def measured(runtime, seconds):
    times_for(min(WARM_UP, seconds), runtime.run)
    began = time.perf_counter()
    times = sorted(times_for(seconds, runtime.run))
    took = time.perf_counter() - began

    def at(part):
        return round(times[int((len(times) - 1) * part)], 5)

    return {"ms": at(0.5), "p10": at(0.1), "p90": at(0.9), "runs": len(times),
            "per_second": round(len(times) / took, 3)}


def save_outputs(runtime, folder):
    import numpy

    os.makedirs(folder, exist_ok=True)
    for k, value in enumerate(runtime.outputs()):
        numpy.save(os.path.join(folder, f"{k}.npy"), value)


def work(peer, model, folder, seconds, threads, outputs=None):
    inputs = read_inputs(folder)
    runtime = PEERS[peer]()
    base = megabytes("VmRSS")
    load = timed(lambda: runtime.load(model, inputs, int(threads)))
    facts = {"version": runtime.version, "load_ms": round(load, 2),
             "first_ms": round(timed(runtime.run), 3)}
    if outputs:
        save_outputs(runtime, outputs)
        facts["precision"] = runtime.precision()
    print(json.dumps({"ready": peer}), flush=True)
    sys.stdin.readline()
    facts.update(measured(runtime, float(seconds)))
    facts.update(import_mb=round(base, 1), peak_mb=round(megabytes("VmHWM"), 1))
    print(json.dumps(facts), flush=True)


def main(arguments):
    try:
        work(*arguments)
    except Exception as error:  # the libraries' exceptions share no class
        print(json.dumps({"refused": " ".join(str(error).split()) or type(error).__name__}), flush=True)
    sys.stdout.flush()
    os._exit(0)  # some libraries fall over their own feet at the end


if __name__ == "__main__":
    main(sys.argv[1:])
