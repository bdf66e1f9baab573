"""The papers that the glossary and the questions name."""

from flowviz.ui.learn.glossary.entry import Paper

LIPMAN = Paper("Lipman et al.", "Flow Matching for Generative Modeling", 2022, "2210.02747")
TONG = Paper(
    "Tong et al.", "Improving and Generalizing Flow-Based Generative Models with Minibatch Optimal Transport", 2023, "2302.00482"
)
POOLADIAN = Paper("Pooladian et al.", "Multisample Flow Matching", 2023, "2304.14772")
LIU = Paper("Liu, Gong and Liu", "Flow Straight and Fast", 2022, "2209.03003")
ALBERGO22 = Paper("Albergo and Vanden-Eijnden", "Building Normalizing Flows with Stochastic Interpolants", 2022, "2209.15571")
ALBERGO23 = Paper("Albergo, Boffi and Vanden-Eijnden", "Stochastic Interpolants", 2023, "2303.08797")
SONG = Paper("Song et al.", "Score-Based Generative Modeling through Stochastic Differential Equations", 2020, "2011.13456")
DDPM = Paper("Ho, Jain and Abbeel", "Denoising Diffusion Probabilistic Models", 2020, "2006.11239")
DDIM = Paper("Song, Meng and Ermon", "Denoising Diffusion Implicit Models", 2020, "2010.02502")
SCHEDULE = Paper("Kingma et al.", "Variational Diffusion Models", 2021, "2107.00630")
NEURAL_ODE = Paper("Chen et al.", "Neural Ordinary Differential Equations", 2018, "1806.07366")
FFJORD = Paper("Grathwohl et al.", "FFJORD", 2018, "1810.01367")
SINKHORN = Paper("Cuturi", "Sinkhorn Distances", 2013, "1306.0895")
TRANSPORT = Paper("Peyré and Cuturi", "Computational Optimal Transport", 2018, "1803.00567")
VILLANI = Paper("Villani", "Optimal Transport: Old and New", 2008, where="Springer")
HYVARINEN = Paper("Hyvärinen", "Estimation of Non-Normalized Statistical Models by Score Matching", 2005, where="JMLR 6, 695–709")
VINCENT = Paper(
    "Vincent",
    "A Connection Between Score Matching and Denoising Autoencoders",
    2011,
    where="Neural Computation 23, 1661–1674",
)
SOLVERS = Paper("Hairer, Nørsett and Wanner", "Solving Ordinary Differential Equations I", 1993, where="Springer, 2nd edition")
DORMAND = Paper(
    "Dormand and Prince",
    "A Family of Embedded Runge–Kutta Formulae",
    1980,
    where="J. Computational and Applied Mathematics 6, 19–26",
)
GAN = Paper("Goodfellow et al.", "Generative Adversarial Networks", 2014, "1406.2661")
MEANFLOW = Paper("Geng et al.", "Mean Flows for One-step Generative Modeling", 2025, "2505.13447")
ENERGY = Paper("Székely and Rizzo", "Energy Statistics", 2013, where="J. Statistical Planning and Inference 143, 1249–1272")
VAE = Paper("Kingma and Welling", "Auto-Encoding Variational Bayes", 2013, "1312.6114")
GUIDANCE = Paper("Ho and Salimans", "Classifier-Free Diffusion Guidance", 2022, "2207.12598")
BRIDGE = Paper(
    "Léonard", "A Survey of the Schrödinger Problem and Some of Its Connections with Optimal Transport", 2013, "1308.0215"
)
CONDITIONS = Paper("Cheng and Schwing", "The Curse of Conditions", 2025, "2503.10636")
ESSER = Paper("Esser et al.", "Scaling Rectified Flow Transformers for High-Resolution Image Synthesis", 2024, "2403.03206")
MEANFLOW = Paper("Geng et al.", "Mean Flows for One-step Generative Modeling", 2025, "2505.13447")
TRUNCATED = Paper(
    "Zheng et al.", "Truncated Diffusion Probabilistic Models and Diffusion-based Adversarial Auto-Encoders", 2022, "2202.09671"
)
