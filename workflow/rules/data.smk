"""Raw data and prepared data.

INPUTS   nothing: the registry (src/triptych/data/registry.yaml) names the files
OUTPUTS  data/raw/ENTRY/MANIFEST.sha256, with the verified files beside it
         data/prepared/SCALE/DATASET/{train,val,test}.safetensors
         data/prepared/SCALE/DATASET/{corpus,train,test}.safetensors   of faces
"""


include: "../functions/data.smk"


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


rule prepare_drawn_scenes:
    output:
        train="data/prepared/{scale}/{drawn}/train.safetensors",
        val="data/prepared/{scale}/{drawn}/val.safetensors",
        test="data/prepared/{scale}/{drawn}/test.safetensors",
    log:
        "logs/{scale}/data/prepare_drawn_scenes/{drawn}.log",
    benchmark:
        "logs/{scale}/data/prepare_drawn_scenes/{drawn}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        drawn=drawn_options,
        seed=drawn_seed,
        code=code_hash("data.drawn_scenes"),
    message:
        "Draw the scenes of {wildcards.drawn}."
    shell:
        "triptych data drawn-scenes --train-set {output.train} --val-set {output.val}"
        " --test-set {output.test} --dataset {wildcards.drawn} {params.drawn}"
        " --seed {params.seed} 2> {log}"


rule prepare_camvid:
    input:
        manifest="data/raw/camvid/MANIFEST.sha256",
    output:
        train="data/prepared/{scale}/camvid/train.safetensors",
        val="data/prepared/{scale}/camvid/val.safetensors",
        test="data/prepared/{scale}/camvid/test.safetensors",
    log:
        "logs/{scale}/data/prepare_camvid.log",
    benchmark:
        "logs/{scale}/data/prepare_camvid.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_hash("data.camvid"),
    message:
        "Read CamVid from its archive."
    shell:
        "triptych data camvid --manifest {input.manifest} --train {output.train}"
        " --val {output.val} --test {output.test} 2> {log}"


rule prepare_cityscapes:
    input:
        manifest="data/raw/cityscapes/MANIFEST.sha256",
    output:
        train="data/prepared/{scale}/cityscapes/train.safetensors",
        val="data/prepared/{scale}/cityscapes/val.safetensors",
    log:
        "logs/{scale}/data/prepare_cityscapes.log",
    benchmark:
        "logs/{scale}/data/prepare_cityscapes.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=32000,
        runtime=120,
    params:
        code=code_hash("data.cityscapes"),
    message:
        "Read Cityscapes from its two archives."
    shell:
        "triptych data cityscapes --manifest {input.manifest}"
        " --train {output.train} --val {output.val} 2> {log}"


rule prepare_voc:
    input:
        voc_manifest="data/raw/voc2012/MANIFEST.sha256",
        sbd_manifest="data/raw/sbd/MANIFEST.sha256",
    output:
        train="data/prepared/{scale}/voc/train.safetensors",
        val="data/prepared/{scale}/voc/val.safetensors",
    log:
        "logs/{scale}/data/prepare_voc.log",
    benchmark:
        "logs/{scale}/data/prepare_voc.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=16000,
        runtime=120,
    params:
        code=code_hash("data.voc"),
    message:
        "Read VOC 2012 and SBD from their archives."
    shell:
        "triptych data voc --voc-manifest {input.voc_manifest}"
        " --sbd-manifest {input.sbd_manifest}"
        " --train {output.train} --val {output.val} 2> {log}"


rule prepare_drawn_faces:
    output:
        corpus="data/prepared/{scale}/drawn_faces/corpus.safetensors",
        train="data/prepared/{scale}/drawn_faces/train.safetensors",
        test="data/prepared/{scale}/drawn_faces/test.safetensors",
    log:
        "logs/{scale}/data/prepare_drawn_faces.log",
    benchmark:
        "logs/{scale}/data/prepare_drawn_faces.benchmark.tsv"
    priority: 2
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        faces=faces_options,
        seed=drawn_faces_seed,
        code=code_hash("data.drawn_faces"),
    message:
        "Draw faces."
    shell:
        "triptych data drawn-faces --corpus-set {output.corpus} --train-set {output.train}"
        " --test-set {output.test} {params.faces} --seed {params.seed} 2> {log}"


rule prepare_lfw:
    input:
        manifest="data/raw/lfw/MANIFEST.sha256",
    output:
        train="data/prepared/{scale}/lfw/train.safetensors",
        test="data/prepared/{scale}/lfw/test.safetensors",
    log:
        "logs/{scale}/data/prepare_lfw.log",
    benchmark:
        "logs/{scale}/data/prepare_lfw.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        faces=faces_options,
        seed=lfw_seed,
        code=code_hash("data.lfw"),
    message:
        "Read Labeled Faces in the Wild from its archive."
    shell:
        "triptych data lfw --manifest {input.manifest} --train {output.train}"
        " --test {output.test} {params.faces} --seed {params.seed} 2> {log}"


rule data:
    input:
        prepared_files,
    message:
        "The data of scale {SCALE} are prepared."
