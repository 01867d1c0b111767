//! Calls every public method that an instance of the server supports, with two versions of the crate `pocket-ic`.

mod version_10 {
    use management_types_10::CanisterInstallMode as InstallMode;
    use pocket_ic_10 as pocket_ic;

    include!("every_method.rs");

    fn gateway_config() -> pocket_ic::common::rest::InstanceHttpGatewayConfig {
        pocket_ic::common::rest::InstanceHttpGatewayConfig {
            ip_addr: None,
            port: None,
            domains: None,
            https_config: None,
        }
    }

    #[test]
    fn chooses_the_blockmaker_of_a_round() {
        use pocket_ic::common::rest::{BlockmakerConfigs, RawSubnetBlockmaker, TickConfigs};
        let pic = application_subnet();
        let subnet = pic.topology().get_app_subnets()[0];
        let nodes = nodes_of(&pic, subnet);
        let blockmaker = RawSubnetBlockmaker {
            subnet: subnet.into(),
            blockmaker: nodes[0].into(),
            failed_blockmakers: vec![nodes[1].into()],
        };
        let before = pic.get_time();
        pic.tick_with_configs(TickConfigs {
            blockmakers: Some(BlockmakerConfigs {
                blockmakers_per_subnet: vec![blockmaker],
            }),
        });
        assert!(pic.get_time() > before);
    }
}

mod version_16 {
    use pocket_ic::CanisterInstallMode as InstallMode;
    use pocket_ic_16 as pocket_ic;

    include!("every_method.rs");
    include!("since_10.rs");
}
