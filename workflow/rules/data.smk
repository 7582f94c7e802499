"""Raw data and prepared data.

INPUTS   nothing: the registry (src/triptych/data/registry.yaml) names the files
OUTPUTS  data/raw/ENTRY/MANIFEST.sha256, with the verified files beside it
         data/prepared/SCALE/DATASET/{train,test}.safetensors
"""


rule fetch:
    output:
        manifest="data/raw/{entry}/MANIFEST.sha256",
    log:
        "logs/data/fetch/{entry}.log",
    benchmark:
        "logs/data/fetch/{entry}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=60,
    message:
        "Fetch and verify {wildcards.entry}."
    shell:
        "triptych fetch {wildcards.entry} 2> {log}"


rule prepare_digits:
    output:
        train="data/prepared/{scale}/digits/train.safetensors",
        test="data/prepared/{scale}/digits/test.safetensors",
    log:
        "logs/{scale}/data/prepare_digits.log",
    benchmark:
        "logs/{scale}/data/prepare_digits.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        test_images=digits_test_images,
        seed=digits_seed,
        code=code_hash("data.digits"),
    message:
        "Scale scikit-learn's handwritten digits to 28x28 and split them."
    shell:
        "triptych data digits --train {output.train} --test {output.test}"
        " --test-images {params.test_images} --seed {params.seed} 2> {log}"


rule prepare_mnist:
    input:
        manifest="data/raw/mnist/MANIFEST.sha256",
    output:
        train="data/prepared/{scale}/mnist/train.safetensors",
        test="data/prepared/{scale}/mnist/test.safetensors",
    log:
        "logs/{scale}/data/prepare_mnist.log",
    benchmark:
        "logs/{scale}/data/prepare_mnist.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=code_hash("data.mnist"),
    message:
        "Read MNIST from its raw files."
    shell:
        "triptych data mnist --manifest {input.manifest}"
        " --train {output.train} --test {output.test} 2> {log}"


rule data:
    input:
        prepared_files,
    message:
        "The data of scale {SCALE} are prepared."
