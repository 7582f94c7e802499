"""Panel 3: the figures.

INPUTS   results/SCALE/personalization/: table1.csv, sweeps.csv, raw/;
         data/prepared/SCALE/DATASET/test.safetensors
OUTPUTS  results/SCALE/personalization/: fig5_dataset.png, fig6_generations.png, fig6_cells.csv,
         fig7_methods.*, sweep_*.*; shareable/: Figure 6 without photos, if the terms of the data
         set forbid passing them on
"""


rule draw_sweep:
    input:
        sweeps="results/{scale}/personalization/sweeps.csv",
    output:
        svg="results/{scale}/personalization/sweep_{setting}.svg",
        png=shown("results/{scale}/personalization/sweep_{setting}.png", "figure"),
    log:
        "logs/{scale}/personalization/draw_sweep/{setting}.log",
    benchmark:
        "logs/{scale}/personalization/draw_sweep/{setting}.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        setting="{setting}",
        code=code_hash("personalization.draw_sweep"),
    message:
        "Draw identity and fidelity against {wildcards.setting}."
    shell:
        command("personalization.draw_sweep")


rule draw_methods:
    input:
        scores="results/{scale}/personalization/table1.csv",
    output:
        svg=shown("results/{scale}/personalization/fig7_methods.svg", "figure"),
        png="results/{scale}/personalization/fig7_methods.png",
    log:
        "logs/{scale}/personalization/draw_methods.log",
    benchmark:
        "logs/{scale}/personalization/draw_methods.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=code_hash("personalization.draw_methods"),
    message:
        "Draw the scores of every method with their intervals."
    shell:
        command("personalization.draw_methods")


rule draw_faces:
    input:
        photos=personalization.call(files.test_photos),
        features="results/{scale}/personalization/raw/features.safetensors",
    output:
        png=shown("results/{scale}/personalization/fig5_dataset.png", "figure"),
    log:
        "logs/{scale}/personalization/draw_faces.log",
    benchmark:
        "logs/{scale}/personalization/draw_faces.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        persons=personalization.value("figure_persons"),
        code=code_hash("personalization.draw_faces"),
    message:
        "Draw Figure 5: the photos of the test persons."
    shell:
        command("personalization.draw_faces")


rule draw_generations:
    input:
        photos=personalization.call(files.shown_photos),
        generated=personalization.call(files.paper_rows),
    output:
        png=shown(
            "results/{scale}/personalization/{form}fig6_generations.png", "figure"
        ),
        cells=shown("results/{scale}/personalization/{form}fig6_cells.csv", "cells"),
    log:
        "logs/{scale}/personalization/{form}draw_generations.log",
    benchmark:
        "logs/{scale}/personalization/{form}draw_generations.benchmark.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(8000),
        runtime=20,
    params:
        persons=personalization.value("figure_persons"),
        code=code_hash("personalization.draw_generations"),
    message:
        "Draw Figure 6: the same persons, prompts and seeds by every method."
    shell:
        command("personalization.draw_generations")
